import { describe, expect, it } from 'vitest';
import { ExecStarts, STARTS_MAX } from './exec-starts.ts';

/** Starts that end when told. */
function controlled() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve(): void; reject(error: Error): void }>();
  const start = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => {
      ends.set(name, { resolve: () => resolve(name), reject });
    });
  };
  return { begun, ends, start };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('ExecStarts', () => {
  it('lets a few of each container start at a time, in order, and no failure keeps a turn', async () => {
    const starts = new ExecStarts();
    const { begun, ends, start } = controlled();
    const names = Array.from({ length: STARTS_MAX + 2 }, (_, i) => `a${i}`);
    const all = names.map((name) => starts.inTurn('a', start(name)).catch(() => 'failed'));
    const other = starts.inTurn('b', start('b0'));
    expect(begun).toEqual([...names.slice(0, STARTS_MAX), 'b0']);
    ends.get('a1')!.reject(new Error('no such program'));
    ends.get('a0')!.resolve();
    await settled();
    expect(begun.slice(-2)).toEqual(names.slice(-2));
    for (const { resolve } of ends.values()) resolve();
    expect(await Promise.all(all)).toEqual(['a0', 'failed', ...names.slice(2)]);
    expect(await other).toBe('b0');
    expect(await starts.inTurn('a', async () => 'again')).toBe('again');
  });

  it('starts nothing for a client that has gone while it waited', async () => {
    const starts = new ExecStarts();
    const { begun, ends, start } = controlled();
    const names = Array.from({ length: STARTS_MAX }, (_, i) => `a${i}`);
    const all = names.map((name) => starts.inTurn('a', start(name)));
    const client = new AbortController();
    const left = starts.inTurn('a', start('left'), client.signal);
    const next = starts.inTurn('a', start('next'));
    client.abort(new Error('gone'));
    ends.get('a0')!.resolve();
    await expect(left).rejects.toThrow('gone');
    await settled();
    expect(begun).toEqual([...names, 'next']);
    for (const { resolve } of ends.values()) resolve();
    expect(await Promise.all([...all, next])).toEqual([...names, 'next']);
  });
});
