import type { Clock } from '../base/clock.ts';

/** Starts at once for each core: one works while another waits for the disk or the kernel. */
const STARTS_PER_CORE = 3;
/** A start that takes longer than this no longer holds up others. */
const HOLD_MS_MAX = 10_000;

/** After so many containers in a row a sandbox has its turn: some pods restart without end. */
const CONTAINERS_IN_A_ROW_MAX = 8;

/** What is being started; the later mostly comes first, so that what was begun is finished. */
export type StartStage = 'container' | 'sandbox';

/** A place among the starts under way. Leaving twice does nothing more. */
export interface StartPlace {
  leave(): void;
}

interface Waiter {
  readonly admit: () => void;
}

/**
 * Lets a few sandboxes and containers start at a time, in order. All at once they slow each other
 * down, and the first pod is ready when the last one is. Waiters are bounded by the node's pods.
 */
export class StartGate {
  readonly #clock: Clock;
  readonly #waiting: Readonly<Record<StartStage, Set<Waiter>>> = {
    container: new Set(),
    sandbox: new Set(),
  };
  #free: number;
  /** Since a sandbox was let in. */
  #containersInARow = 0;

  /** @param cpus whole and fractional cores */
  constructor(clock: Clock, cpus: number) {
    this.#clock = clock;
    this.#free = Math.max(1, Math.ceil(cpus * STARTS_PER_CORE));
  }

  /** Resolves when a start may begin; null when `signal` aborted before that. */
  async enter(stage: StartStage, signal: AbortSignal): Promise<StartPlace | null> {
    if (signal.aborted) return null;
    if (this.#free > 0) this.#free--;
    else if (!(await this.#wait(stage, signal))) return null;
    return this.#place();
  }

  /** False when `signal` aborted; else a place has been handed over. */
  #wait(stage: StartStage, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isAdmitted: boolean) => {
        this.#waiting[stage].delete(waiter);
        signal.removeEventListener('abort', giveUp);
        resolve(isAdmitted);
      };
      const giveUp = () => end(false);
      const waiter = { admit: () => end(true) };
      this.#waiting[stage].add(waiter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #place(): StartPlace {
    let isHeld = true;
    const leave = () => {
      if (!isHeld) return;
      isHeld = false;
      timer.cancel();
      this.#next();
    };
    const timer = this.#clock.timer(HOLD_MS_MAX, leave);
    return { leave };
  }

  #next(): void {
    const { container, sandbox } = this.#waiting;
    const isTurnOfSandbox = this.#containersInARow >= CONTAINERS_IN_A_ROW_MAX && sandbox.size > 0;
    const stage = container.size > 0 && !isTurnOfSandbox ? 'container' : 'sandbox';
    this.#containersInARow = stage === 'container' ? this.#containersInARow + 1 : 0;
    const [next] = this.#waiting[stage];
    if (next === undefined) this.#free++;
    else next.admit();
  }
}
