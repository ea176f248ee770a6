import type { Pod, PodSpec } from '../../generated/types.ts';
import { type KubeObject, objectKey } from '../../objects/meta.ts';
import type { MirrorIndex, ObjectMirror } from '../object-mirror.ts';
import type { NodeUses } from './node-authorizer.ts';

type Used = 'configmaps' | 'secrets' | 'serviceaccounts';

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
  uses(node: string, used: Used, namespace: string, name: string): boolean {
    for (const pod of this.#nodes.get(node)?.values() ?? []) {
      if (pod.metadata.namespace === namespace && namesOf(pod.spec, used).has(name)) return true;
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

function namesOf(spec: PodSpec, used: Used): ReadonlySet<string | undefined> {
  if (used === 'serviceaccounts') return new Set([spec.serviceAccountName]);
  return used === 'secrets' ? secretsOf(spec) : configMapsOf(spec);
}

function containersOf({ containers, initContainers = [], ephemeralContainers = [] }: PodSpec) {
  return [...containers, ...initContainers, ...ephemeralContainers];
}

function secretsOf(spec: PodSpec): Set<string | undefined> {
  const names = new Set(spec.imagePullSecrets?.map(({ name }) => name));
  for (const { secret, projected } of spec.volumes ?? []) {
    names.add(secret?.secretName);
    for (const source of projected?.sources ?? []) names.add(source.secret?.name);
  }
  for (const { env = [], envFrom = [] } of containersOf(spec)) {
    for (const { valueFrom } of env) names.add(valueFrom?.secretKeyRef?.name);
    for (const { secretRef } of envFrom) names.add(secretRef?.name);
  }
  return names;
}

function configMapsOf(spec: PodSpec): Set<string | undefined> {
  const names = new Set<string | undefined>();
  for (const { configMap, projected } of spec.volumes ?? []) {
    names.add(configMap?.name);
    for (const source of projected?.sources ?? []) names.add(source.configMap?.name);
  }
  for (const { env = [], envFrom = [] } of containersOf(spec)) {
    for (const { valueFrom } of env) names.add(valueFrom?.configMapKeyRef?.name);
    for (const { configMapRef } of envFrom) names.add(configMapRef?.name);
  }
  return names;
}
