import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { UsageSource } from '../edges.ts';
import type { Runtime } from '../runtime.ts';
import { type ImageRecords, planImageGc, seeImages } from './plan-image-gc.ts';

/** Upstream's imageGCHighThresholdPercent and imageGCLowThresholdPercent. */
const HIGH = 0.85;
const LOW = 0.8;

export interface ImageGarbageParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly usage: UsageSource;
  /** Ids of the images of all containers that there are, running or not. */
  inUse(): ReadonlySet<string>;
}

/** Removes images that nobody uses when their file system fills: upstream's image manager. */
export class ImageGarbageCollector {
  readonly #parts: ImageGarbageParts;
  /** One entry an image on the node. */
  #records: ImageRecords = new Map();

  constructor(parts: ImageGarbageParts) {
    this.#parts = parts;
  }

  /** Takes note of what is used, and frees space down to 80 % when more than 85 % is taken. */
  async collect(): Promise<void> {
    try {
      const { imagefs } = await this.#parts.usage.node();
      const { capacityBytes, availableBytes } = imagefs;
      const used = capacityBytes - availableBytes;
      const isFull = used >= capacityBytes * HIGH;
      const wanted = isFull ? used - capacityBytes * LOW : 0;
      const freed = await this.#free(wanted);
      if (freed < wanted) this.#tell(wanted, freed, used / capacityBytes);
    } catch (error) {
      this.#parts.log.warn('images not collected', { error: String(error) });
    }
  }

  /** Removes every image that may go. Answers whether there were any. */
  async removeUnused(): Promise<boolean> {
    return (await this.#free(Number.POSITIVE_INFINITY)) > 0;
  }

  async #free(wantedBytes: number): Promise<number> {
    const { clock, inUse, log, runtime } = this.#parts;
    const images = await runtime.listImages();
    const now = clock.monotonic();
    const used = inUse();
    this.#records = seeImages(this.#records, images, used, now);
    if (wantedBytes <= 0) return 0;
    let freed = 0;
    for (const { id, sizeBytes, tags } of planImageGc(
      this.#records,
      images,
      used,
      wantedBytes,
      now,
    )) {
      // A container may have come to use it while others were removed.
      if (inUse().has(id)) continue;
      await runtime.removeImage(id);
      freed += sizeBytes;
      log.info('image removed to free space', { id, tags: tags.join(' '), sizeBytes });
    }
    return freed;
  }

  #tell(wantedBytes: number, freedBytes: number, part: number): void {
    const { nodeName: name, recorder } = this.#parts;
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } };
    const wanted = Math.round(wantedBytes);
    const message =
      `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, ` +
      `but only found ${freedBytes} bytes eligible to free.`;
    this.#parts.log.warn(message, { usedPercent: Math.round(part * 100) });
    recorder.record(node, 'Warning', 'FreeDiskSpaceFailed', message);
  }
}
