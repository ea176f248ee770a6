import type { ManifestFile, Manifests } from '../kubelet/edges.ts';

/** The folder of static pods of a simulated node. */
export class SimManifests implements Manifests {
  readonly #files = new Map<string, ManifestFile>();
  readonly #listeners = new Set<() => void>();

  /** Writes a file whose content is `value`; undefined removes it, an Error makes it unreadable. */
  write(name: string, value: unknown): void {
    if (value === undefined) this.#files.delete(name);
    else if (value instanceof Error) this.#files.set(name, { name, error: value.message });
    else this.#files.set(name, { name, value });
    for (const changed of this.#listeners) changed();
  }

  read(): Promise<readonly ManifestFile[]> {
    return Promise.resolve([...this.#files.values()]);
  }

  watch(changed: () => void, signal: AbortSignal): void {
    this.#listeners.add(changed);
    signal.addEventListener('abort', () => this.#listeners.delete(changed), { once: true });
  }
}
