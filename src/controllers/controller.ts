import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../client/client.ts';

/** A loop that brings one part of the cluster to what is asked for. */
export interface Controller {
  /** Runs until `signal` aborts; resolves when it has ended. */
  start(signal: AbortSignal): Promise<void>;
}

/** What every controller is given. Its informers are run by whoever made them. */
export interface ControllerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
