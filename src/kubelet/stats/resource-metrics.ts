import { type Clock, sleep } from '../../base/clock.ts';
import type { NodeMetrics, PodMetrics } from '../../objects/metrics/metrics-kind.ts';
import type { NodeEdges } from '../edges.ts';
import { nodeMetrics, podMetrics, type Window } from './metrics-objects.ts';
import { type RunningPod, type Sample, takeSample } from './sample.ts';

/** The processors' use is an average over no less and no more than this. */
const WINDOW_MS_MIN = 1_000;
const WINDOW_MS_MAX = 60_000;

export interface ResourceMetricsParts {
  readonly clock: Clock;
  readonly edges: Pick<NodeEdges, 'cgroups' | 'usage'>;
  readonly node: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  running(): readonly RunningPod[];
}

/**
 * What the node and its pods use, measured when somebody asks and never else. The first who asks
 * waits for a second sample; who asks within a minute has the window since the question before.
 */
export class ResourceMetrics {
  readonly #parts: ResourceMetricsParts;
  readonly #signal: AbortSignal;
  #last: Sample | null = null;
  #window: Window | null = null;
  #measuring: Promise<Window> | null = null;

  /** @param signal ends waits when the node stops */
  constructor(parts: ResourceMetricsParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  async nodes(): Promise<NodeMetrics[]> {
    return [nodeMetrics(await this.window(), this.#parts.node)];
  }

  async pods(): Promise<PodMetrics[]> {
    return podMetrics(await this.window());
  }

  /** What was used lately. Who asks at the same time shares one measurement. */
  window(): Promise<Window> {
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = null;
    });
    return this.#measuring;
  }

  async #measure(): Promise<Window> {
    const { clock } = this.#parts;
    const ageMs = this.#last === null ? Infinity : clock.monotonic() - this.#last.monotonicMs;
    if (this.#window !== null && ageMs < WINDOW_MS_MIN) return this.#window;
    let from = this.#last;
    if (from === null || ageMs > WINDOW_MS_MAX) {
      from = await this.#sample();
      await sleep(clock, WINDOW_MS_MIN, this.#signal);
    }
    const to = await this.#sample();
    this.#last = to;
    this.#window = { from, to };
    return this.#window;
  }

  #sample(): Promise<Sample> {
    const { clock, edges, running } = this.#parts;
    const times = { at: clock.now(), monotonicMs: clock.monotonic() };
    return takeSample(edges, running(), times);
  }
}
