import { expect, it } from 'vitest';
import { periodErrors } from './probed-server.ts';

it('periodErrors: of each path by itself, early and late', () => {
  const arrivals = new Map([
    ['/a', [0, 1_000, 2_100]],
    ['/b', [500, 1_470]],
    ['/c', [700]],
  ]);
  expect(periodErrors(arrivals, 1_000)).toEqual([0, 100, 30]);
});
