import type { Pod } from '../../generated/types.ts';
import { podReferences, type ReferencedResource } from '../../objects/core/pod/references.ts';
import { type KubeObject, objectKey } from '../../objects/meta.ts';
import type { MirrorIndex, ObjectMirror } from '../object-mirror.ts';
import type { NodeUses } from './node-authorizer.ts';

/** Pods by the node they run on. */
export class PodsByNode implements MirrorIndex {
  readonly #nodes = new Map<string, Map<string, Pod>>();

  clear(): void {
    this.#nodes.clear();
  }

  put(object: KubeObject, previous: KubeObject | null): void {
    if (previous !== null) this.delete(previous);
    const pod = object as unknown as Pod;
    const { nodeName } = pod.spec;
    if (!nodeName) return;
    const pods = this.#nodes.get(nodeName) ?? new Map<string, Pod>();
    pods.set(objectKey(object), pod);
    this.#nodes.set(nodeName, pods);
  }

  delete(object: KubeObject): void {
    const { nodeName = '' } = (object as unknown as Pod).spec;
    const pods = this.#nodes.get(nodeName);
    pods?.delete(objectKey(object));
    if (pods?.size === 0) this.#nodes.delete(nodeName);
  }

  /** Whether a pod on `node` names the object. */
  uses(node: string, used: ReferencedResource, namespace: string, name: string): boolean {
    for (const pod of this.#nodes.get(node)?.values() ?? []) {
      if (pod.metadata.namespace === namespace && podReferences(pod, used, name)) return true;
    }
    return false;
  }
}

/** Looks up in `pods`, which `mirror` keeps, what a node's pods use. */
export function podUses(mirror: ObjectMirror, pods: PodsByNode): NodeUses {
  return (node, used, namespace, name) => {
    const pending = mirror.sync();
    if (pending !== undefined) return pending.then(() => pods.uses(node, used, namespace, name));
    return pods.uses(node, used, namespace, name);
  };
}
