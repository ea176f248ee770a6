import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostNodePaths } from './node-paths.ts';
import { openInside, pathOf } from './open-inside.ts';

let folder: string;
let root: string;
let outside: string;
let paths: HostNodePaths;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proa-paths-'));
  root = join(folder, 'volume');
  outside = join(folder, 'outside');
  await mkdir(root);
  await mkdir(outside);
  paths = new HostNodePaths(join(folder, 'home'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function subPath(path: string) {
  return { podUid: 'u', volume: 'v', container: 'c', index: 0, root, path };
}

const exists = async (path: string) => (await stat(path).catch(() => null)) !== null;

test('tells what is where', async () => {
  await writeFile(join(root, 'file'), '');
  await symlink(outside, join(root, 'link'));
  await symlink('nowhere', join(root, 'dangling'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
  try {
    const kinds = ['', 'file', 'link', 'socket', 'none', 'file/below', 'dangling'];
    expect(await Promise.all(kinds.map((name) => paths.kindOf(join(root, name))))).toEqual([
      'directory',
      'file',
      'directory',
      'socket',
      null,
      null,
      null,
    ]);
    expect(await paths.kindOf('/dev/null')).toBe('character device');
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('makes folders and files with their modes, and leaves what is there', async () => {
  const [deep, file] = [join(root, 'a', 'b'), join(root, 'file')];
  await paths.makeDirectory(deep, 0o755);
  await paths.makeFile(file, 0o644);
  expect((await stat(deep)).mode & 0o7777).toBe(0o755);
  expect((await stat(file)).mode & 0o7777).toBe(0o644);
  await writeFile(file, 'data');
  await paths.makeFile(file, 0o644);
  expect(await readFile(file, 'utf8')).toBe('data');
  await expect(paths.makeFile(join(root, 'none', 'file'), 0o644)).rejects.toThrow('ENOENT');
});

describe('a part of a volume', () => {
  test('is made with the mode of the volume', async () => {
    await chmod(root, 0o2770);
    await paths.makeSubPath(subPath('a/b'));
    expect((await stat(join(root, 'a', 'b'))).mode & 0o7777).toBe(0o2770);
    await writeFile(join(root, 'a', 'b', 'file'), 'x');
    await paths.makeSubPath(subPath('a/b'));
    await paths.makeSubPath(subPath('a/b/file'));
  });

  test.each<[string, string, string]>([
    ['through a link that leads outside', '../outside', 'link/new'],
    ['through a link to nowhere', '../outside/none', 'link'],
    ['through an absolute link', '/tmp', 'link/proa-new'],
    ['upwards', 'here', '../outside/new'],
  ])('is not made %s', async (_name, target, path) => {
    await symlink(target, join(root, 'link'));
    await expect(paths.makeSubPath(subPath(path))).rejects.toThrow();
    expect(await exists(join(outside, 'new'))).toBe(false);
    expect(await exists(join(outside, 'none'))).toBe(false);
  });

  test('may be reached by a link within the volume', async () => {
    await mkdir(join(root, 'real'));
    await symlink('real', join(root, 'link'));
    await paths.makeSubPath(subPath('link/new'));
    expect(await exists(join(root, 'real', 'new'))).toBe(true);
  });

  test('is not held where it leads outside', async () => {
    await symlink(outside, join(root, 'link'));
    await expect(paths.holdSubPath(subPath('link'))).rejects.toThrow('is not in');
    await expect(paths.holdSubPath(subPath('none'))).rejects.toThrow('ENOENT');
  });
});

test('a place is opened without following links, not even new ones', async () => {
  await mkdir(join(root, 'a', 'b'), { recursive: true });
  await symlink(outside, join(root, 'a', 'link'));
  const handle = await openInside(root, ['a', 'b']);
  expect((await stat(pathOf(handle))).ino).toBe((await stat(join(root, 'a', 'b'))).ino);
  await handle.close();
  await expect(openInside(root, ['a', 'link'])).rejects.toThrow('symbolic link');
  await expect(openInside(root, ['a', 'link', 'x'])).rejects.toThrow('ENOTDIR');
});

describe('a group', () => {
  const group = process.getgid?.() ?? 0;

  test('gets all of a volume, but not what links lead to', async () => {
    await mkdir(join(root, 'a'), { mode: 0o700 });
    await writeFile(join(root, 'a', 'file'), '', { mode: 0o600 });
    await chmod(outside, 0o700);
    await symlink(outside, join(root, 'link'));
    await paths.setGroup(root, group, false);
    const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;
    expect(await modeOf(root)).toBe(0o2775);
    expect(await modeOf(join(root, 'a'))).toBe(0o2770);
    expect(await modeOf(join(root, 'a', 'file'))).toBe(0o660);
    expect(await modeOf(outside)).toBe(0o700);
  });

  test('that has the root has all, where only a mismatch counts', async () => {
    await paths.setGroup(root, group, true);
    const file = join(root, 'file');
    await writeFile(file, '', { mode: 0o600 });
    await paths.setGroup(root, group, true);
    expect((await stat(file)).mode & 0o7777).toBe(0o600);
  });
});
