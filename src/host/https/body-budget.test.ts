import { expect, test } from 'vitest';
import { BodyBudget, SMALL_BODY_BYTES } from './body-budget.ts';

test('BodyBudget: large bodies leave room for small ones, and give back what they held', () => {
  const large = SMALL_BODY_BYTES + 1;
  const budget = new BodyBudget({ smallBytesMax: SMALL_BODY_BYTES, largeBytesMax: 2 * large });
  const [a, b, c] = [budget.open(), budget.open(), budget.open()];
  expect([a.add(large), b.add(large), c.add(large)]).toEqual([true, true, false]);
  expect(c.add(SMALL_BODY_BYTES)).toBe(true);
  // Its bytes would count as large now, and there is no room for those.
  expect(c.add(1)).toBe(false);
  expect(c.bytes).toBe(SMALL_BODY_BYTES);
  a.end();
  expect(c.add(1)).toBe(true);
  // What it held as a small body is free again.
  expect(budget.open().add(SMALL_BODY_BYTES)).toBe(true);
});
