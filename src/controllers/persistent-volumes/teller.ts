import type { Clock } from '../../base/clock.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { type KubeObject, objectKey } from '../../objects/meta.ts';
import type { Telling } from './plan-claim.ts';

type About = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

/**
 * Tells what holds up claims: each thing once, and again after a while, however often a claim is
 * looked at.
 *
 * Bounded by the live claims and volumes that something was told of.
 */
export class Teller {
  readonly #recorder: EventRecorder;
  readonly #clock: Clock;
  readonly #againMs: number;
  readonly #told = new Map<string, { readonly message: string; readonly at: number }>();

  constructor(recorder: EventRecorder, clock: Clock, againMs: number) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#againMs = againMs;
  }

  tell(object: About, { type, reason, message }: Telling): void {
    const key = objectKey(object);
    const last = this.#told.get(key);
    const now = this.#clock.monotonic();
    if (last?.message === message && now - last.at < this.#againMs) return;
    this.#told.set(key, { message, at: now });
    this.#recorder.record(object, type, reason, message);
  }

  /** Its trouble is over, or it is gone. */
  forget(key: string): void {
    this.#told.delete(key);
  }
}
