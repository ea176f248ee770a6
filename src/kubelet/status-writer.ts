import { type Clock, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { type Tracer, traced } from '../base/tracer.ts';
import type { Client } from '../client/client.ts';
import { pods } from '../client/resources.ts';
import type { Pod, PodStatus } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import type { DiskReserve } from './edges.ts';
import { podTrack } from './pod-identity.ts';
import { statusPatch } from './status-patch.ts';

/** A write that failed is tried again after this. */
const RETRY_MS = 1_000;

/** What writing a status needs of its node. */
interface StatusPlace {
  readonly client: Client;
  readonly clock: Clock;
  readonly edges: { readonly reserve: DiskReserve };
  readonly log: Log;
  readonly tracer: Tracer;
}

/** How a pod as its node runs it and its object in the API belong together. */
export interface PodObject {
  /** The uid in the API; null while there is no object. */
  uid(): string | null;
  /** The node's pod as a revision of the object has it. */
  here(revision: Pod): Pod;
}

/**
 * Writes the status of one pod: at once, one write at a time, always the newest. What comes while
 * a write is under way is kept (the last of it) and written after.
 */
export class StatusWriter {
  readonly #place: StatusPlace;
  readonly #object: PodObject;
  /** The newest revision of the pod that is known here. */
  #pod: Pod;
  #wanted: PodStatus | null = null;
  #isWriting = false;
  #written: Promise<void> = Promise.resolve();

  /** @param object by default the pod itself; a static pod's is its mirror */
  constructor(place: StatusPlace, pod: Pod, object?: PodObject) {
    this.#place = place;
    this.#pod = pod;
    const uid = pod.metadata.uid ?? '';
    this.#object = object ?? { uid: () => uid, here: (revision) => revision };
  }

  /** The newest revision: what was last seen, or what the last write answered. */
  get pod(): Pod {
    return this.#pod;
  }

  /** Takes in a revision from the informer; older ones than the last write answered are ignored. */
  see(pod: Pod): void {
    if (revision(pod) > revision(this.#pod)) this.#pod = pod;
  }

  /** Makes `status` the pod's status. */
  write(status: PodStatus, signal: AbortSignal): void {
    this.#wanted = status;
    if (!this.#isWriting) this.#written = this.#run(signal);
  }

  /** Resolves when the last status has been written, or the pod is gone. */
  async flushed(): Promise<void> {
    while (this.#isWriting) await this.#written;
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#isWriting = true;
    const { client, clock, edges, log, tracer } = this.#place;
    while (this.#wanted !== null && !signal.aborted) {
      const status = this.#wanted;
      this.#wanted = null;
      // Whoever makes the object has the status told again.
      const uid = this.#object.uid();
      const patch = uid === null ? null : statusPatch(this.#pod, uid, status);
      if (patch === null) continue;
      try {
        const { name = '', namespace = '' } = this.#pod.metadata;
        const target = { name, namespace, subresource: 'status' };
        const write = () => client.patch(pods, target, 'strategic', patch);
        const track = podTrack(this.#pod);
        const written = await traced(tracer, track, 'kubelet: write status', write);
        this.see(this.#object.here(written));
      } catch (error) {
        // The pod, or this pod of that name, is gone: nobody wants its status.
        if (isReason(error, 'NotFound', 'Conflict')) continue;
        log.warn('pod status not written, will be tried again', { error: String(error) });
        this.#wanted ??= status;
        // Nothing of the pod writes any more, and its volumes go once this is written.
        if (isTerminal({ status })) await edges.reserve.release();
        await sleep(clock, RETRY_MS, signal);
      }
    }
    // In the same turn as the last look at #wanted, so that no status falls in between.
    this.#isWriting = false;
  }
}

function revision(pod: Pod): bigint {
  return BigInt(pod.metadata.resourceVersion || '0');
}
