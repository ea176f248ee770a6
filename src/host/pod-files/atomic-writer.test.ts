import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectedFile } from '../../kubelet/edges.ts';
import { writeAtomically } from './atomic-writer.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (text: string, mode = 0o644): ProjectedFile => ({ data: Buffer.from(text), mode });
const write = (files: Record<string, ProjectedFile>, fsGroup?: number) =>
  writeAtomically(folder, new Map(Object.entries(files)), { fsGroup, now: NOW });
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const mode = (path: string) => (statSync(join(folder, path)).mode & 0o7777).toString(8);
const states = () => readdirSync(folder).filter((name) => /^\.\.2/.test(name));

describe('writeAtomically', () => {
  it('shows files through links, in a folder named by its time', () => {
    expect(write({ a: file('1'), 'sub/b': file('2', 0o400) })).toBe(true);
    expect([read('a'), read('sub/b'), mode('a'), mode('sub/b')]).toEqual(['1', '2', '644', '400']);
    expect(readlinkSync(join(folder, '..data'))).toMatch(/^\.\.2026_01_02_03_04_05\.\w{6}$/);
    expect([readlinkSync(join(folder, 'a')), readlinkSync(join(folder, 'sub'))]).toEqual([
      '..data/a',
      '..data/sub',
    ]);
    expect(mode('..data')).toBe('755');
  });

  it('turns one link to change everything', () => {
    write({ a: file('1'), gone: file('x'), 'sub/b': file('2') });
    const link = lstatSync(join(folder, 'a')).ino;
    write({ a: file('one'), 'sub/c': file('3') });
    expect([read('a'), read('sub/c'), lstatSync(join(folder, 'a')).ino]).toEqual([
      'one',
      '3',
      link,
    ]);
    expect(readdirSync(folder).sort()).toEqual(['..data', states()[0], 'a', 'sub'].sort());
    expect(existsSync(join(folder, 'sub/b'))).toBe(false);
  });

  it('leaves an open file what it was', () => {
    write({ a: file('old') });
    const open = openSync(join(folder, 'a'), 'r');
    write({ a: file('new') });
    expect([readFileSync(open, 'utf8'), read('a')]).toEqual(['old', 'new']);
  });

  it('writes nothing when nothing is new', () => {
    write({ a: file('1') });
    const [state] = states();
    expect(write({ a: file('1') })).toBe(false);
    expect(states()).toEqual([state]);
  });

  it('shows no files at all', () => {
    write({ a: file('1') });
    write({});
    expect(readdirSync(folder).sort()).toEqual(['..data', states()[0]].sort());
  });

  it('keeps bytes that are no text', () => {
    const data = Buffer.from([0, 255, 254, 10]);
    write({ a: { data, mode: 0o600 } });
    expect(readFileSync(join(folder, 'a')).equals(data)).toBe(true);
  });

  it('removes what a crash left, and makes links that it prevented', () => {
    write({ a: file('1') });
    mkdirSync(join(folder, '..2026_01_02_03_04_04.abc123'));
    writeFileSync(join(folder, '..2026_01_02_03_04_04.abc123/a'), 'half');
    symlinkSync('..2026_01_02_03_04_04.abc123', join(folder, '..data_tmp'));
    rmSync(join(folder, 'a'));
    expect(write({ a: file('1') })).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['..data', states()[0], 'a'].sort());
  });

  it('gives files to a group that may read them', () => {
    const gid = process.getgid?.() ?? 0;
    write({ a: file('1', 0o400), 'sub/b': file('2', 0o600) }, gid);
    expect([mode('..data'), mode('a'), mode('sub'), mode('sub/b')]).toEqual([
      '2755',
      '440',
      '2755',
      '640',
    ]);
  });

  it.each(['', '../x', '..x', 'a/../../x', '/etc/x', 'a//b'])('refuses "%s"', (path) => {
    expect(() => write({ [path]: file('x') })).toThrow("a volume's file stays in it");
  });
});
