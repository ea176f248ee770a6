import { afterEach, expect, it } from 'vitest';
import { DialProcess } from './dial-process.ts';

const never = new AbortController().signal;
let last: DialProcess | null = null;

afterEach(() => last?.end());

/** A process, and its end. */
function start(...enter: string[]): { process: DialProcess; ended: Promise<void> } {
  let tell = () => {};
  const ended = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const process = new DialProcess(enter, () => tell());
  last = process;
  return { process, ended };
}

it('tells every dial why it has ended, also those that come after', async () => {
  const { process, ended } = start('sh', '-c', 'echo no such network >&2; exit 1');
  const before = process.dial('127.0.0.1', 1, never);
  await expect(before).rejects.toThrow('no such network');
  await ended;
  await expect(process.dial('127.0.0.1', 1, never)).rejects.toThrow('no such network');
});

it('tells that it could not be started', async () => {
  const { process, ended } = start('/nonexistent/enter');
  await ended;
  await expect(process.dial('127.0.0.1', 1, never)).rejects.toThrow('ENOENT');
});

it('answers the code of an error, and goes on', async () => {
  const { process, ended } = start('env');
  expect(await process.dial('127.0.0.1', 1, never)).toBe('ECONNREFUSED');
  expect(await process.dial('::1', 1, never)).toBe('ECONNREFUSED');
  expect(await process.dial('127.0.0.1', 1, AbortSignal.abort())).toBe('ECANCELED');
  process.end();
  await ended;
});
