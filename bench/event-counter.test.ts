import { describe, expect, it } from 'vitest';
import { EventCounter } from './event-counter.ts';

const LINE = '{"type":"MODIFIED","object":{"kind":"Pod"}}\n';

describe('EventCounter', () => {
  it.each([1, 2, 3, 5, 8, 9, 10, 13, 44, 1_000])('counts when cut each %i bytes', (size) => {
    const bytes = Buffer.from(LINE.repeat(3));
    let done = 0;
    const counter = new EventCounter(3, () => done++);
    for (let at = 0; at < bytes.length; at += size) {
      // The last event begins within the bytes before this.
      if (at <= 2 * LINE.length) expect(done).toBe(0);
      counter.push(bytes.subarray(at, at + size));
    }
    expect(done).toBe(1);
  });
});
