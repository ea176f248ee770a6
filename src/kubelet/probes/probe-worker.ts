import type { Clock, Timer } from '../../base/clock.ts';
import type { Prng } from '../../base/prng.ts';
import type { Probe } from '../../generated/types.ts';
import type { ProbeResult, ProbeResults, ProbeType } from './probe-results.ts';

/** What a probe sees of its container: from the pod's newest status. */
export interface ProbedContainer {
  /** '' while there is none. */
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Epoch ms in whole seconds, as the status shows it. */
  readonly startedAt: number;
  readonly started: boolean;
  /** Whether its end is final: it will not be started again. */
  readonly isFinal: boolean;
}

/** What a probe sees of its pod. */
export interface ProbedPod {
  /** Null before the pod has a status. */
  container(name: string): ProbedContainer | null;
  /** Phase Succeeded or Failed. */
  readonly isOver: boolean;
  readonly isDeleted: boolean;
}

export interface ProbeWorkerOptions {
  readonly type: ProbeType;
  readonly containerName: string;
  readonly probe: Probe;
  /** In the place of the probe's own periodSeconds. */
  readonly periodMs?: number;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly results: ProbeResults;
  readonly pod: ProbedPod;
  /** How long the kubelet has run, in ms: only a younger one spreads its first probes. */
  readonly kubeletUptimeMs: number;
  /** What this process found out about containers that it adopted; else upstream's defaults. */
  initialResult(containerId: string): ProbeResult | undefined;
  /** One probe. Null when nothing was learnt: the worker's state stays as it is. */
  run(containerId: string, signal: AbortSignal): Promise<'success' | 'failure' | null>;
}

const INITIAL: Readonly<Record<ProbeType, ProbeResult>> = {
  liveness: 'success',
  readiness: 'failure',
  startup: 'unknown',
};

/**
 * One probe of one container name, through all its restarts: upstream's prober worker. `step` is
 * one turn; the ticker around it is the only owner of a timer.
 */
export class ProbeWorker {
  readonly #options: ProbeWorkerOptions;
  readonly #periodMs: number;
  readonly #controller = new AbortController();
  #containerId = '';
  #onHold = false;
  #lastResult: ProbeResult = 'unknown';
  #resultRun = 0;
  #timer: Timer | null = null;
  /** Stepping, or waiting for the first step: a trigger must wait. */
  #isBusy = true;
  #isTriggered = false;
  /** When the ticker fires next, in the clock's monotonic ms. */
  #nextTickAt = 0;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
    this.#periodMs = options.periodMs ?? (options.probe.periodSeconds ?? 10) * 1000;
  }

  get type(): ProbeType {
    return this.#options.type;
  }

  /** Begins: at once, or after a random part of the period when the kubelet has just begun. */
  start(): void {
    const { clock, prng, kubeletUptimeMs } = this.#options;
    const delayMs = this.#periodMs > kubeletUptimeMs ? prng.next() * this.#periodMs : 0;
    this.#nextTickAt = clock.monotonic() + delayMs;
    this.#arm();
  }

  /** Probes now, and counts the period anew from now. */
  trigger(): void {
    if (this.#controller.signal.aborted) return;
    if (this.#isBusy) {
      this.#isTriggered = true;
      return;
    }
    this.#nextTickAt = this.#options.clock.monotonic();
    this.#timer?.cancel();
    void this.#tick();
  }

  stop(): void {
    this.#controller.abort();
    this.#timer?.cancel();
    this.#options.results.remove(this.#options.type, this.#containerId);
  }

  #arm(): void {
    const delayMs = Math.max(0, this.#nextTickAt - this.#options.clock.monotonic());
    this.#timer = this.#options.clock.timer(delayMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options;
    this.#nextTickAt += this.#periodMs;
    this.#isBusy = true;
    // A worker that has nothing to do any more stays busy, so that no trigger wakes it.
    if (!(await this.step()) || this.#controller.signal.aborted) return;
    this.#isBusy = false;
    const now = clock.monotonic();
    if (this.#isTriggered) {
      this.#isTriggered = false;
      this.#nextTickAt = now;
    } else if (this.#nextTickAt < now) {
      // Like Go's ticker: of the ticks missed in a long probe one is made up for, at once.
      this.#nextTickAt = now - ((now - this.#nextTickAt) % this.#periodMs);
    }
    this.#arm();
  }

  /** One turn. False when this probe has nothing to do any more. */
  async step(): Promise<boolean> {
    const { type, containerName, pod, results, clock, probe } = this.#options;
    if (pod.isOver) return false;
    const container = pod.container(containerName);
    if (container === null || container.id === '') return true;
    if (container.id !== this.#containerId) this.#follow(container.id);
    if (this.#onHold) return true;
    if (container.state !== 'running') {
      results.set(type, this.#containerId, 'failure');
      return !container.isFinal;
    }
    if (pod.isDeleted && type !== 'readiness') {
      results.set(type, this.#containerId, 'success');
      return false;
    }
    const ageSeconds = Math.floor((clock.now() - container.startedAt) / 1000);
    if (ageSeconds < (probe.initialDelaySeconds ?? 0)) return true;
    // Until the container has started only its startup probe runs, and after only the others.
    if (container.started === (type === 'startup')) return true;
    const outcome = await this.#options.run(container.id, this.#controller.signal);
    if (outcome !== null && !this.#controller.signal.aborted) this.#count(outcome);
    return true;
  }

  #follow(containerId: string): void {
    const { type, results } = this.#options;
    if (this.#containerId !== '') results.remove(type, this.#containerId);
    this.#containerId = containerId;
    results.set(type, containerId, this.#options.initialResult(containerId) ?? INITIAL[type]);
    this.#onHold = false;
  }

  #count(result: 'success' | 'failure'): void {
    const { type, probe, results } = this.#options;
    this.#resultRun = this.#lastResult === result ? this.#resultRun + 1 : 1;
    this.#lastResult = result;
    const threshold =
      result === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
    if (this.#resultRun < threshold) return;
    results.set(type, this.#containerId, result);
    if ((type === 'liveness' && result === 'failure') || type === 'startup') {
      // No more probes until there is a new container: this one is being replaced, or has started.
      this.#onHold = true;
      this.#resultRun = 0;
    }
  }
}
