import { type Clock, sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Client } from '../../client/client.ts';
import { nodes, pods } from '../../client/resources.ts';
import type { Pod } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { HASH_ANNOTATION, MIRROR_ANNOTATION } from './static-pod.ts';

/** A mirror that could not be made or removed is tried again after this. */
const RETRY_MS = 10_000;

/** What keeping a mirror needs of its node. */
export interface MirrorPlace {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
}

/**
 * The pod in the API that shows a static pod: made when it is missing, made anew when it is deleted
 * or shows another. One request at a time.
 */
export class MirrorPod {
  readonly #place: MirrorPlace;
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  #wanted: Pod | null = null;
  #actual: Pod | null = null;
  #lastGone: string | undefined;
  #isWorking = false;

  /** @param changed called when the API has another mirror, or none any more */
  constructor(place: MirrorPlace, signal: AbortSignal, changed: () => void) {
    this.#place = place;
    this.#signal = signal;
    this.#changed = changed;
  }

  /** The object in the API, if it shows the wanted pod. */
  get current(): Pod | null {
    const isWanted = this.#wanted !== null && this.#actual !== null;
    return isWanted && shows(this.#actual!, this.#wanted!) ? this.#actual : null;
  }

  /** Nothing is shown, and nothing shall be. */
  get isOver(): boolean {
    return this.#wanted === null && this.#actual === null && !this.#isWorking;
  }

  /** What the API had when this node began: it is looked at by the first {@link show}. */
  adopt(mirror: Pod): void {
    this.#actual = mirror;
  }

  /** Makes the mirror show `pod`, or go for null. */
  show(pod: Pod | null): void {
    this.#wanted = pod;
    void this.#work();
  }

  /** Takes in what the API has. */
  see(mirror: Pod): void {
    this.#actual = mirror;
    this.#changed();
    void this.#work();
  }

  /** The API has it no more. */
  gone(mirror: Pod): void {
    this.#lastGone = mirror.metadata.uid;
    if (this.#actual?.metadata.uid !== mirror.metadata.uid) return;
    this.#actual = null;
    this.#changed();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    while (!this.#signal.aborted) {
      try {
        if (!(await this.#step())) break;
      } catch (error) {
        const name = (this.#wanted ?? this.#actual)?.metadata.name;
        this.#place.log.warn('mirror pod not kept, will be tried again', {
          pod: name,
          error: String(error),
        });
        await sleep(this.#place.clock, RETRY_MS, this.#signal);
      }
    }
    // In the same turn as the last look, so that no change falls in between.
    this.#isWorking = false;
    if (this.isOver) this.#changed();
  }

  /** False when there is nothing to do. */
  async #step(): Promise<boolean> {
    const actual = this.#actual;
    const wanted = this.#wanted;
    if (actual !== null) {
      if (wanted !== null && shows(actual, wanted)) return false;
      await this.#remove(actual);
      return true;
    }
    if (wanted === null) return false;
    const made = await this.#create(wanted);
    // It may have been seen to come, and even to go, before its creation was answered.
    if (made.metadata.uid !== this.#lastGone) this.#actual ??= made;
    this.#changed();
    return true;
  }

  async #remove({ metadata: { name = '', namespace = '', uid } }: Pod): Promise<void> {
    try {
      const options = { gracePeriodSeconds: 0, uid };
      await this.#place.client.delete(pods, name, namespace, options);
    } catch (error) {
      if (!isReason(error, 'NotFound', 'Conflict')) throw error;
    }
    if (this.#actual?.metadata.uid === uid) this.#actual = null;
    this.#changed();
  }

  async #create({ metadata, spec }: Pod): Promise<Pod> {
    const { client, nodeName } = this.#place;
    const node = await client.get(nodes, nodeName);
    const owner = {
      apiVersion: 'v1',
      kind: 'Node',
      name: nodeName,
      uid: node.metadata.uid ?? '',
      controller: true,
    };
    const { name, namespace, labels, annotations } = metadata;
    const hash = annotations?.[HASH_ANNOTATION] ?? '';
    return client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        annotations: { ...annotations, [MIRROR_ANNOTATION]: hash },
        ownerReferences: [owner],
      },
      spec: structuredClone(spec),
    });
  }
}

/** Whether a mirror shows this very static pod, and is not being deleted. */
function shows(mirror: Pod, pod: Pod): boolean {
  const { annotations = {}, deletionTimestamp } = mirror.metadata;
  return deletionTimestamp === undefined && annotations[MIRROR_ANNOTATION] === pod.metadata.uid;
}
