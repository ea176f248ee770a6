import { describe, expect, it } from 'vitest';
import { planImageGc, seeImages } from './plan-image-gc.ts';

const image = (id: string, sizeBytes = 10, pinned = false) => {
  return { id, tags: [id], digests: [], sizeBytes, pinned };
};
const OLD = 200_000;

describe('planImageGc', () => {
  const images = [
    image('used'),
    image('recent'),
    image('older'),
    image('oldest'),
    image('p', 10, true),
  ];
  const inUse = new Set(['used']);
  let records = seeImages(new Map(), images, new Set(['recent', 'older', 'oldest']), 0);
  records = seeImages(records, images, new Set(['recent', 'older']), 10_000);
  records = seeImages(records, images, new Set(['recent']), 20_000);
  const ids = (freeBytes: number, now = OLD) =>
    planImageGc(records, images, inUse, freeBytes, now).map(({ id }) => id);

  it('removes what was not used for longest, and no more than needed', () => {
    expect(ids(Number.POSITIVE_INFINITY)).toEqual(['oldest', 'older', 'recent']);
    expect(ids(11)).toEqual(['oldest', 'older']);
    expect(ids(0)).toEqual([]);
  });

  it('leaves images that have not been here for two minutes', () => {
    expect(ids(Number.POSITIVE_INFINITY, 119_999)).toEqual([]);
  });

  it('forgets images that are gone', () => {
    expect([...seeImages(records, [image('used')], inUse, OLD).keys()]).toEqual(['used']);
  });
});
