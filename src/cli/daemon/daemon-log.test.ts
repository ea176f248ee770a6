import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDaemonLog } from './daemon-log.ts';

const BYTES_MAX = 16 * 1024 * 1024;

describe('openDaemonLog', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'proa-log-'));
    file = join(folder, 'logs', 'proa.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('appends a JSON object a line to what is there', () => {
    for (const name of ['one', 'two']) {
      const { log, close } = openDaemonLog(file);
      log.info(name, { count: 1 });
      close();
    }
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', msg: 'one', count: 1 },
      { level: 'info', msg: 'two', count: 1 },
    ]);
  });

  it('a full disk breaks nobody who logs, nor the end', () => {
    const { log, close } = openDaemonLog('/dev/full');
    const text = 'x'.repeat(10_000);
    for (let line = 0; line < 100; line++) log.info(text);
    close();
  });

  it('stays within its bounds, whatever is written', () => {
    const { log, close } = openDaemonLog(file);
    const text = 'x'.repeat(1024 * 1024);
    for (let line = 0; line < 50; line++) log.info(text);
    log.info('the last');
    close();
    const names = readdirSync(join(folder, 'logs')).sort();
    expect(names).toEqual(['proa.log', 'proa.log.1']);
    for (const name of names) {
      const { size } = statSync(join(folder, 'logs', name));
      expect(size).toBeLessThan(BYTES_MAX + 2 * text.length);
    }
    expect(readFileSync(file, 'utf8')).toContain('the last');
  });
});
