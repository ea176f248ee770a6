import type { Image } from '../runtime.ts';

/** Upstream's imageMinimumGCAge: a younger image stays. */
const AGE_MS_MIN = 120_000;

/** When an image was first seen, and last in use; monotonic ms. */
export interface ImageRecord {
  readonly firstSeenMs: number;
  readonly lastUsedMs: number;
}

/** What is known of the images on the node, by id. */
export type ImageRecords = ReadonlyMap<string, ImageRecord>;

/** The records after a look at the node. Those of images that are gone are dropped. Pure. */
export function seeImages(
  records: ImageRecords,
  images: readonly Image[],
  inUse: ReadonlySet<string>,
  nowMs: number,
): ImageRecords {
  return new Map(
    images.map(({ id }) => {
      const before = records.get(id) ?? { firstSeenMs: nowMs, lastUsedMs: 0 };
      return [id, inUse.has(id) ? { ...before, lastUsedMs: nowMs } : before];
    }),
  );
}

/**
 * The images to remove, those first that were not used for longest, until `freeBytes` are free or
 * none is left that may go. Pure.
 */
export function planImageGc(
  records: ImageRecords,
  images: readonly Image[],
  inUse: ReadonlySet<string>,
  freeBytes: number,
  nowMs: number,
): readonly Image[] {
  const recordOf = ({ id }: Image) => records.get(id) ?? { firstSeenMs: nowMs, lastUsedMs: 0 };
  const removable = images
    .filter((image) => !image.pinned && !inUse.has(image.id))
    .filter((image) => nowMs - recordOf(image).firstSeenMs >= AGE_MS_MIN)
    .sort((a, b) => {
      const [left, right] = [recordOf(a), recordOf(b)];
      return left.lastUsedMs - right.lastUsedMs || left.firstSeenMs - right.firstSeenMs;
    });
  const chosen: Image[] = [];
  let freed = 0;
  for (const image of removable) {
    if (freed >= freeBytes) break;
    chosen.push(image);
    freed += image.sizeBytes;
  }
  return chosen;
}
