import { expect, test } from 'vitest';
import type { WatchFrame } from '../../apiserver/handler.ts';
import { JoinedFrames } from './joined-frames.ts';

function frame(text: string): WatchFrame {
  const lineParts = [Buffer.from(text), Buffer.from('\n')];
  return { type: 'ADDED', object: {}, lineParts, lineBytes: text.length + 1 };
}

test('JoinedFrames: watches at the same frames share one chunk, others have their own', () => {
  const joined = new JoinedFrames();
  const [a, b, c, d] = [frame('a'), frame('b'), frame('c'), frame('d')];
  const chunk = joined.join([a, b, d]);
  expect(Buffer.from(chunk).toString()).toBe('a\nb\nd\n');
  expect(joined.join([a, b, d])).toBe(chunk);
  // Begins and ends alike, as with a selector that hides what is between.
  expect(Buffer.from(joined.join([a, c, d])).toString()).toBe('a\nc\nd\n');
  expect(Buffer.from(joined.join([a, b])).toString()).toBe('a\nb\n');
  expect(joined.join([a])).toBe(joined.join([a]));
  joined.clear();
  expect(joined.join([a, b, d])).not.toBe(chunk);
});

test('JoinedFrames: keeps eight chunks', () => {
  const joined = new JoinedFrames();
  const pairs = Array.from({ length: 9 }, (_, index) => [frame(`${index}`), frame('x')]);
  const chunks = pairs.map((pair) => joined.join(pair));
  expect(joined.join(pairs[8]!)).toBe(chunks[8]);
  expect(joined.join(pairs[1]!)).toBe(chunks[1]);
  expect(joined.join(pairs[0]!)).not.toBe(chunks[0]);
});
