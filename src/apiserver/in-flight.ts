import { ApiError } from '../objects/api-error.ts';
import type { UserInfo } from './handler.ts';

/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight. */
const READS_MAX = 400;
const WRITES_MAX = 200;
/** Watches and streams that are open together. */
const LONG_RUNNING_MAX = 4_000;

/** What a request counts as. */
export type Load = 'read' | 'write' | 'long';

export interface InFlightLimits {
  readonly readsMax: number;
  readonly writesMax: number;
  readonly longRunningMax: number;
}

export const DEFAULT_LIMITS: InFlightLimits = {
  readsMax: READS_MAX,
  writesMax: WRITES_MAX,
  longRunningMax: LONG_RUNNING_MAX,
};

/**
 * Counts requests under way and refuses more than a set number of each load. Components of the
 * control plane are never refused: they bound themselves, and others wait for them.
 */
export class InFlight {
  readonly #max: Readonly<Record<Load, number>>;
  readonly #count: Record<Load, number> = { read: 0, write: 0, long: 0 };

  constructor(limits: InFlightLimits) {
    const { readsMax, writesMax, longRunningMax } = limits;
    this.#max = { read: readsMax, write: writesMax, long: longRunningMax };
  }

  /** How many requests of `load` are under way. */
  count(load: Load): number {
    return this.#count[load];
  }

  /** @throws ApiError TooManyRequests */
  enter(load: Load, user: UserInfo): void {
    if (this.#count[load] >= this.#max[load] && !isComponent(user)) {
      const message = 'Too many requests, please try again later.';
      throw new ApiError('TooManyRequests', message, { retryAfterSeconds: 1 });
    }
    this.#count[load]++;
  }

  leave(load: Load): void {
    this.#count[load]--;
  }
}

function isComponent({ name }: UserInfo): boolean {
  return name === 'system:apiserver' || name.startsWith('system:kube-');
}
