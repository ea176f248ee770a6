import { type KubeObject, objectKey } from '../objects/meta.ts';
import type { MirrorIndex } from './object-mirror.ts';

/** Objects by namespace and name. */
export class NameIndex implements MirrorIndex {
  readonly #objects = new Map<string, KubeObject>();

  /** `namespace` is '' for kinds without. */
  get(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(namespace === '' ? name : `${namespace}/${name}`);
  }

  clear(): void {
    this.#objects.clear();
  }

  put(object: KubeObject): void {
    this.#objects.set(objectKey(object), object);
  }

  delete(object: KubeObject): void {
    this.#objects.delete(objectKey(object));
  }
}
