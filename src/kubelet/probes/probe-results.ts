export type ProbeType = 'liveness' | 'readiness' | 'startup';
export type ProbeResult = 'success' | 'failure' | 'unknown';

/**
 * The last decided result of each probe, by container id: upstream's results manager. Tells only
 * of changes. Bounded: a worker removes the result of a container that it has left.
 */
export class ProbeResults {
  readonly #results = new Map<string, ProbeResult>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get(type: ProbeType, containerId: string): ProbeResult | undefined {
    return this.#results.get(`${type}/${containerId}`);
  }

  set(type: ProbeType, containerId: string, result: ProbeResult): void {
    const key = `${type}/${containerId}`;
    if (this.#results.get(key) === result) return;
    this.#results.set(key, result);
    this.#changed();
  }

  remove(type: ProbeType, containerId: string): void {
    this.#results.delete(`${type}/${containerId}`);
  }
}
