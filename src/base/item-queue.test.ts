import { describe, expect, it } from 'vitest';
import { ItemQueue } from './item-queue.ts';

function queueOf(sizeMax: number) {
  const presses: boolean[] = [];
  const queue = new ItemQueue<string>({
    sizeMax,
    sizeOf: (item) => item.length,
    pressed: (isFull) => presses.push(isFull),
  });
  return { queue, presses };
}

describe('ItemQueue', () => {
  it('hands items on in order, and ends after the last', async () => {
    const { queue } = queueOf(100);
    queue.push('a');
    const read = (async () => {
      const items: string[] = [];
      for await (const item of queue) items.push(item);
      return items;
    })();
    await Promise.resolve();
    queue.push('b');
    queue.end();
    queue.push('late');
    expect(await read).toEqual(['a', 'b']);
  });

  it('asks for a pause when full and goes on when half of it is read', async () => {
    const { queue, presses } = queueOf(4);
    for (const item of ['aa', 'bb', 'cc']) queue.push(item);
    expect(presses).toEqual([true]);
    const reader = queue[Symbol.asyncIterator]();
    await reader.next();
    expect(presses).toEqual([true]);
    await reader.next();
    expect(presses).toEqual([true, false]);
  });

  it('drops what comes once its reader has stopped', async () => {
    const { queue, presses } = queueOf(1);
    queue.push('a');
    for await (const item of queue) if (item === 'a') break;
    queue.push('b');
    expect(presses).toEqual([true, false]);
    const rest: string[] = [];
    for await (const item of queue) rest.push(item);
    expect(rest).toEqual([]);
  });

  it('wakes a waiting reader that is told to drop', async () => {
    const { queue } = queueOf(1);
    const next = queue[Symbol.asyncIterator]().next();
    queue.drop();
    expect((await next).done).toBe(true);
  });
});
