import { expect, test } from 'vitest';
import { slowStart, together, UNDER_WAY_MAX } from './slow-start.ts';

/** How many calls run side by side, batch for batch. */
async function batches(count: number, failsAt = Number.POSITIVE_INFINITY) {
  const sizes: number[] = [];
  let running = 0;
  let calls = 0;
  const call = async () => {
    running += 1;
    calls += 1;
    const fails = calls >= failsAt;
    await Promise.resolve();
    if (running > 0) sizes.push(running);
    running = 0;
    if (fails) throw new Error('no');
  };
  const outcome = await slowStart(count, call);
  return { sizes, ...outcome };
}

test('calls go in batches of double size', async () => {
  expect(await batches(0)).toEqual({ sizes: [], succeeded: 0, error: undefined });
  expect(await batches(1)).toMatchObject({ sizes: [1], succeeded: 1 });
  expect(await batches(10)).toMatchObject({ sizes: [1, 2, 4, 3], succeeded: 10 });
});

test('the first batch with a failure is the last', async () => {
  const error = new Error('no');
  expect(await batches(100, 1)).toEqual({ sizes: [1], succeeded: 0, error });
  expect(await batches(100, 5)).toEqual({ sizes: [1, 2, 4], succeeded: 4, error });
});

test('all calls made together are waited for, whichever fail', async () => {
  const done: string[] = [];
  const fails = async () => {
    throw new Error('no');
  };
  const works = async () => {
    await Promise.resolve();
    done.push('works');
  };
  expect(await together([fails, works, fails])).toHaveLength(2);
  expect(done).toEqual(['works']);
});

test('no more than so many calls are under way', async () => {
  let running = 0;
  let most = 0;
  const call = async () => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
  };
  expect(await together(new Array(100).fill(call))).toEqual([]);
  expect([running, most]).toEqual([0, UNDER_WAY_MAX]);
});
