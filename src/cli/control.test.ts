import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askControl, isUnreachable, serveControl } from './control.ts';

let folder: string;
let socket: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-control-'));
  socket = join(folder, 'control.sock');
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const asked: string[] = [];
const actions = {
  status: () => Promise.resolve({ a: 1 }),
  stop: () => Promise.resolve(),
  backup: (file: string) => {
    asked.push(file);
    return file === '/full' ? Promise.reject(new Error('no space left')) : Promise.resolve();
  },
  rotateKey: () => Promise.resolve(7),
};
const reason = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('askControl', () => {
  it('has the answer of the action', async () => {
    server = await serveControl(socket, actions);
    expect(await askControl(socket, 'GET', '/status')).toEqual({ a: 1 });
    expect(await askControl(socket, 'POST', '/stop')).toEqual({});
    const file = '/a b&c=d';
    await askControl(socket, 'POST', `/backup?${new URLSearchParams({ file })}`);
    expect(asked).toEqual([file]);
    expect(await askControl(socket, 'POST', '/rotate-key')).toEqual({ count: 7 });
  });

  it("fails in the action's words", async () => {
    server = await serveControl(socket, actions);
    await expect(askControl(socket, 'POST', '/backup?file=/full')).rejects.toThrow('no space left');
    await expect(askControl(socket, 'GET', '/stop')).rejects.toThrow('unknown request GET /stop');
  });

  it('tells that nobody listens from other failures', async () => {
    expect(isUnreachable(await reason(askControl(socket, 'GET', '/status')))).toBe(true);
    writeFileSync(socket, '');
    expect(isUnreachable(await reason(askControl(socket, 'GET', '/status')))).toBe(true);
    expect(isUnreachable(new Error('no space left'))).toBe(false);
  });

  it('can be given up', async () => {
    server = await serveControl(socket, { ...actions, stop: () => new Promise(() => {}) });
    const over = new AbortController();
    const work = reason(askControl(socket, 'POST', '/stop', over.signal));
    over.abort();
    expect(await work).toMatchObject({ name: 'AbortError' });
  });
});

describe('serveControl', () => {
  it('takes the place of a socket that a crash left, for its owner alone', async () => {
    writeFileSync(socket, '');
    server = await serveControl(socket, actions);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(await askControl(socket, 'GET', '/status')).toEqual({ a: 1 });
  });
});
