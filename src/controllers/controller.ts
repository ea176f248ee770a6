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

const ends = new WeakMap<AbortSignal, Promise<void>>();

/** Resolves when `signal` aborts. All that wait for one signal share a listener. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const known = ends.get(signal);
  if (known !== undefined) return known;
  const end = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  ends.set(signal, end);
  return end;
}
