import type { Clock } from '../../base/clock.ts';
import type { PodDisk, UsageSource } from '../edges.ts';
import { diskVolumes } from '../eviction/local-storage.ts';
import { identityOf } from '../pod-identity.ts';
import type { RunningPod } from './sample.ts';
import type { DiskSample } from './summary.ts';

/** Folders are walked no more often than this: upstream's volumeStatsAggPeriod. */
const AGE_MS_MAX = 60_000;

export interface PodDisksParts {
  readonly clock: Clock;
  readonly usage: UsageSource;
  running(): readonly RunningPod[];
}

/** What pods have on the node's disk, measured when somebody asks, and kept for a minute. */
export class PodDisks {
  readonly #parts: PodDisksParts;
  #last: { readonly monotonicMs: number; readonly sample: Promise<DiskSample> } | null = null;

  constructor(parts: PodDisksParts) {
    this.#parts = parts;
  }

  /** Who asks within a minute shares one measurement, which says when it was made. */
  sample(): Promise<DiskSample> {
    const monotonicMs = this.#parts.clock.monotonic();
    if (this.#last !== null && monotonicMs - this.#last.monotonicMs < AGE_MS_MAX) {
      return this.#last.sample;
    }
    const sample = this.#measure();
    this.#last = { monotonicMs, sample };
    sample.catch(() => {
      this.#last = null;
    });
    return sample;
  }

  async #measure(): Promise<DiskSample> {
    const { clock, running, usage } = this.#parts;
    const at = clock.now();
    const pods: PodDisk[] = running().map(({ pod, containers }) => {
      return { pod: identityOf(pod), volumes: diskVolumes(pod), containers };
    });
    const measured = await usage.disks(pods, 'bytes');
    return { at, pods: new Map(pods.map(({ pod }, index) => [pod.uid, measured[index]!])) };
  }
}
