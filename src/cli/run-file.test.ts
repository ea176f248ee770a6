import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStart } from '../host/process-stat.ts';
import { type RunningDaemon, readRunFile } from './run-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-run-file-'));
  file = join(folder, 'run.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const daemon = (pid: number, start = processStart(pid) ?? 'gone'): RunningDaemon => ({
  pid,
  processStart: start,
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
