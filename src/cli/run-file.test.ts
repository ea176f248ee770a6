import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimRunFile, processStartOf, type RunningDaemon, readRunFile } from './run-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-run-file-'));
  file = join(folder, 'run.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const daemon = (pid: number, processStart = processStartOf(pid) ?? 'gone'): RunningDaemon => ({
  pid,
  processStart,
  version: '0',
  runtime: 'sim',
  nodeName: 'n',
  server: 'https://127.0.0.1:6443',
  controlSocket: '/tmp/none.sock',
});

describe('readRunFile', () => {
  it.each([
    ['no file', null],
    ['an empty file, as a crash leaves it', ''],
    ['half a file', '{"pid": 1, "proc'],
    ['a process of an earlier boot', JSON.stringify(daemon(process.pid, 'another-boot/77'))],
    ['a pid that nobody has', JSON.stringify(daemon(2 ** 22 + 1, 'x'))],
  ])('finds nobody in %s', (_, text) => {
    if (text !== null) writeFileSync(file, text);
    expect(readRunFile(file)).toBeNull();
  });

  it('finds the living process', () => {
    writeFileSync(file, JSON.stringify(daemon(process.pid)));
    expect(readRunFile(file)).toEqual(daemon(process.pid));
  });
});

describe('readRunFile, where it may not read', () => {
  it('does not say that nobody runs', () => {
    expect(() => readRunFile(folder)).toThrow('EISDIR');
  });
});

describe('claimRunFile', () => {
  it('names the first; the second is told of it', async () => {
    const first = daemon(process.pid);
    const second = daemon(process.ppid);
    expect(await claimRunFile(file, first)).toBeNull();
    expect(await claimRunFile(file, second)).toEqual(first);
    expect(readRunFile(file)).toEqual(first);
    expect(readdirSync(folder)).toEqual(['run.json']);
  });

  it('takes the place of a leftover', async () => {
    writeFileSync(file, JSON.stringify(daemon(1, 'another-boot/1')));
    expect(await claimRunFile(file, daemon(process.pid))).toBeNull();
    expect(readRunFile(file)?.pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual(['run.json']);
  });

  it('is got by one of many at the same time, over a leftover', async () => {
    writeFileSync(file, 'cut of');
    const others = Array.from({ length: 10 }, () => spawn('sleep', ['60'], { stdio: 'ignore' }));
    try {
      const claims = others.map((child) => claimRunFile(file, daemon(child.pid!)));
      const losers = (await Promise.all(claims)).filter((other) => other !== null);
      expect(losers).toHaveLength(9);
      const winner = JSON.parse(readFileSync(file, 'utf8')) as RunningDaemon;
      expect(new Set(losers.map(({ pid }) => pid))).toEqual(new Set([winner.pid]));
      expect(readdirSync(folder)).toEqual(['run.json']);
    } finally {
      for (const child of others) child.kill('SIGKILL');
      await Promise.all(others.map((child) => once(child, 'close')));
    }
  });
});
