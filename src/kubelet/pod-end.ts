import type { EventRecorder } from '../client/event-recorder.ts';
import type { Pod } from '../generated/types.ts';
import { recordPodEvent } from './container-events.ts';

/** Why a pod's phase becomes Failed. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
  /** How long its containers get to end, in the place of what the pod says. */
  readonly graceSeconds?: number;
  /** Whether the node did it to help itself: the condition DisruptionTarget says so. */
  readonly isDisruption?: boolean;
}

/** Why and how a pod ends: it was deleted, has vanished from the API, or failed as a whole. */
export class PodEnd {
  #pod: Pod;
  readonly #wasDeletedBefore: boolean;
  #isGone = false;
  #failure: PodFailure | null = null;
  #isRefused = false;

  /** @param pod as this kubelet saw it first */
  constructor(pod: Pod) {
    this.#pod = pod;
    this.#wasDeletedBefore = pod.metadata.deletionTimestamp !== undefined;
  }

  see(pod: Pod): void {
    this.#pod = pod;
  }

  /** The pod has vanished from the API; `last` is how it was. */
  gone(last: Pod): void {
    this.#pod = last;
    this.#isGone = true;
  }

  fail(failure: PodFailure): void {
    this.#failure ??= failure;
  }

  /** It may not run here at all. */
  refuse(reason: string, message: string): void {
    this.#isRefused = true;
    this.fail({ reason, message });
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get isDeleted(): boolean {
    return this.#isGone || this.#pod.metadata.deletionTimestamp !== undefined;
  }

  get failure(): PodFailure | null {
    return this.#failure;
  }

  /** The pod shall not run on. */
  get isEnding(): boolean {
    return this.isDeleted || this.#failure !== null;
  }

  /**
   * The grace its containers get, or null when it may run on. Of a pod that an earlier kubelet was
   * ending already it is what is left.
   *
   * @param now epoch ms
   * @param isFinished it has ended by its own rules: what still runs of it must end too
   */
  ending(pod: Pod, now: number, isFinished: boolean): { graceSeconds: number } | null {
    if (!this.isEnding && !isFinished) return null;
    const asked = pod.spec.terminationGracePeriodSeconds ?? 30;
    const own = this.#failure?.graceSeconds ?? asked;
    if (!this.isDeleted) return { graceSeconds: own };
    const { deletionGracePeriodSeconds: given = own, deletionTimestamp } = this.#pod.metadata;
    if (!this.#wasDeletedBefore || deletionTimestamp === undefined) return { graceSeconds: given };
    // The time is in whole seconds: the end of its second is meant.
    const leftSeconds = Math.ceil((Date.parse(deletionTimestamp) + 1000 - now) / 1000);
    return { graceSeconds: Math.max(0, Math.min(given, leftSeconds)) };
  }

  /** When the pod runs out of time, epoch ms; Infinity for never. */
  deadline(pod: Pod): number {
    const { activeDeadlineSeconds } = pod.spec;
    const startTime = pod.status?.startTime;
    if (activeDeadlineSeconds === undefined || startTime === undefined) return Infinity;
    return this.#failure !== null ? Infinity : Date.parse(startTime) + activeDeadlineSeconds * 1000;
  }

  /** Fails the pod when its activeDeadlineSeconds have passed. */
  checkDeadline(pod: Pod, now: number, recorder: EventRecorder): void {
    const phase = pod.status?.phase;
    if (now < this.deadline(pod) || phase === 'Succeeded' || phase === 'Failed') return;
    const text = 'Pod was active on the node longer than the specified deadline';
    this.fail({ reason: 'DeadlineExceeded', message: text });
    recordPodEvent(recorder, pod, 'Normal', 'DeadlineExceeded', text);
  }
}
