import type { Clock } from '../../base/clock.ts';
import type { Prng } from '../../base/prng.ts';
import type { Container, Pod, Probe } from '../../generated/types.ts';
import { isSidecar } from '../../objects/core/pod/conditions.ts';
import { probePeriodMs } from '../../objects/core/pod/probe-period.ts';
import { type ProbeResult, ProbeResults, type ProbeType } from './probe-results.ts';
import { type ProbedPod, ProbeWorker } from './probe-worker.ts';

const TYPES: readonly ProbeType[] = ['startup', 'readiness', 'liveness'];

export interface PodProbesOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly pod: ProbedPod;
  readonly kubeletUptimeMs: number;
  /** Called when a decided result has changed. */
  changed(): void;
  initialResult(type: ProbeType, containerId: string): ProbeResult | undefined;
  run(
    type: ProbeType,
    container: Container,
    probe: Probe,
    containerId: string,
    signal: AbortSignal,
  ): Promise<'success' | 'failure' | null>;
}

/** All probes of one pod, from its admission to its end: the one owner that stops them. */
export class PodProbes {
  readonly #workers = new Map<string, ProbeWorker>();
  readonly #results: ProbeResults;

  constructor(pod: Pod, options: PodProbesOptions) {
    this.#results = new ProbeResults(options.changed);
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
    for (const container of [...sidecars, ...pod.spec.containers]) {
      for (const type of TYPES) this.#add(pod, container, type, options);
    }
  }

  start(): void {
    for (const worker of this.#workers.values()) worker.start();
  }

  /** Whether a running container has passed its startup probe, or has none. */
  started(name: string, containerId: string): boolean {
    if (!this.#workers.has(`startup/${name}`)) return true;
    return this.#results.get('startup', containerId) === 'success';
  }

  /** Whether a started container passes its readiness probe, or has none. */
  ready(name: string, containerId: string): boolean {
    if (!this.#workers.has(`readiness/${name}`)) return true;
    return this.#results.get('readiness', containerId) === 'success';
  }

  /** The probe that found a container broken. */
  failure(containerId: string): 'liveness' | 'startup' | undefined {
    if (this.#results.get('liveness', containerId) === 'failure') return 'liveness';
    return this.#results.get('startup', containerId) === 'failure' ? 'startup' : undefined;
  }

  /** A status was made in which `name` runs and has started but is not ready: probe it at once. */
  hasten(name: string): void {
    this.#workers.get(`readiness/${name}`)?.trigger();
  }

  /** The pod is ending: only readiness goes on. */
  stopLivenessAndStartup(): void {
    for (const [key, worker] of this.#workers) {
      if (worker.type === 'readiness') continue;
      worker.stop();
      this.#workers.delete(key);
    }
  }

  stop(): void {
    for (const worker of this.#workers.values()) worker.stop();
    this.#workers.clear();
  }

  #add(owner: Pod, container: Container, type: ProbeType, options: PodProbesOptions): void {
    const probe = container[`${type}Probe`];
    if (probe === undefined) return;
    const { clock, prng, pod, kubeletUptimeMs } = options;
    const periodMs = probePeriodMs(owner, container.name, type);
    const worker = new ProbeWorker({
      type,
      containerName: container.name,
      probe,
      ...(periodMs === undefined ? {} : { periodMs }),
      clock,
      prng,
      pod,
      kubeletUptimeMs,
      results: this.#results,
      initialResult: (id) => options.initialResult(type, id),
      run: (id, signal) => options.run(type, container, probe, id, signal),
    });
    this.#workers.set(`${type}/${container.name}`, worker);
  }
}
