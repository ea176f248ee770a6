import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostVolumeFolders } from './volume-folders.ts';

let home: string;
let folders: HostVolumeFolders;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'proa-volumes-'));
  folders = new HostVolumeFolders(home);
});

afterEach(() => rm(home, { recursive: true, force: true }));

test('a folder is for all users, keeps what is in it, and goes with all of it', async () => {
  const path = await folders.make('a');
  expect(path).toBe(join(home, 'volumes', 'a'));
  expect((await stat(path)).mode & 0o7777).toBe(0o777);
  await mkdir(join(path, 'deep'));
  await writeFile(join(path, 'deep', 'file'), 'x');
  await folders.make('a');
  expect(await readdir(path)).toEqual(['deep']);
  await folders.remove(path);
  await folders.remove(path);
  expect(await readdir(join(home, 'volumes'))).toEqual([]);
});

test.each(['/etc', '/', '', 'volumes/a', '../x', 'etc'])(
  '%j is none of its folders',
  async (path) => {
    await expect(folders.remove(path)).rejects.toThrow('is not in');
    await expect(folders.remove(`${home}/volumes/../${path}`)).rejects.toThrow('is not in');
  },
);

test('what a crash left is removed, data never', async () => {
  await folders.removeUnused(() => false);
  const used = await folders.make('used');
  await folders.make('left');
  await writeFile(join(await folders.make('kept'), 'data'), 'x');
  await folders.removeUnused((path) => path === used);
  expect((await readdir(join(home, 'volumes'))).sort()).toEqual(['kept', 'used']);
});
