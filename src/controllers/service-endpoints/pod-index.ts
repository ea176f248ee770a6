import type { Informer } from '../../client/informer.ts';
import type { Pod } from '../../generated/types.ts';
import { objectKey } from '../../objects/meta.ts';

/** Pods by namespace, so that a Service looks only at its neighbours. Bounded by the live pods. */
export class PodIndex {
  readonly #pods = new Map<string, Map<string, Pod>>();

  constructor(pods: Informer<Pod>) {
    const set = (pod: Pod) => {
      const namespace = pod.metadata.namespace ?? '';
      const neighbours = this.#pods.get(namespace) ?? new Map<string, Pod>();
      neighbours.set(objectKey(pod), pod);
      this.#pods.set(namespace, neighbours);
    };
    pods.subscribe({
      added: set,
      updated: set,
      deleted: (pod) => {
        const neighbours = this.#pods.get(pod.metadata.namespace ?? '');
        neighbours?.delete(objectKey(pod));
        if (neighbours?.size === 0) this.#pods.delete(pod.metadata.namespace ?? '');
      },
    });
  }

  /** The pods of `namespace` that carry all labels of `selector`, by name. */
  select(namespace: string, selector: Readonly<Record<string, string>>): Pod[] {
    const wanted = Object.entries(selector);
    const neighbours = [...(this.#pods.get(namespace)?.values() ?? [])];
    return neighbours
      .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value))
      .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  }
}
