import { expect, test } from 'vitest';
import type { NodePaths, PathKind } from '../node-paths.ts';
import { checkHostPath } from './host-path.ts';

/** A node with one thing at /x, or nothing. */
function pathsWith(kind: PathKind | null): NodePaths & { made: string[] } {
  let present = kind;
  const made: string[] = [];
  const make = (what: PathKind) => (_path: string, mode: number) => {
    present = what;
    made.push(`${what} ${mode.toString(8)}`);
    return Promise.resolve();
  };
  return {
    made,
    kindOf: () => Promise.resolve(present),
    makeDirectory: make('directory'),
    makeFile: make('file'),
    makeSubPath: () => Promise.resolve(),
    holdSubPath: () => Promise.resolve(''),
    setGroup: () => Promise.resolve(),
  };
}

const failed = (name: string) => `hostPath type check failed: /x is not a ${name}`;

test.each<[string | undefined, PathKind | null, string | null]>([
  [undefined, null, null],
  ['', null, null],
  ['', 'socket', null],
  ['Directory', 'directory', null],
  ['Directory', null, failed('directory')],
  ['Directory', 'file', failed('directory')],
  ['DirectoryOrCreate', 'file', failed('directory')],
  ['File', 'file', null],
  ['File', null, failed('file')],
  ['FileOrCreate', 'directory', failed('file')],
  ['Socket', 'socket', null],
  ['Socket', 'file', failed('socket file')],
  ['CharDevice', 'character device', null],
  ['CharDevice', 'block device', failed('character device')],
  ['BlockDevice', 'block device', null],
  ['BlockDevice', null, failed('block device')],
])('type %j where there is %j', async (type, kind, message) => {
  const paths = pathsWith(kind);
  const outcome = checkHostPath(paths, '/x', type);
  if (message === null) await outcome;
  else await expect(outcome).rejects.toThrow(message);
  expect(paths.made).toEqual([]);
});

test('what cannot be made says so as upstream does', async () => {
  const makeFile = () =>
    Promise.reject(new Error("ENOENT: no such file or directory, open '/none/x'"));
  const paths = { ...pathsWith(null), makeFile };
  await expect(checkHostPath(paths, '/none/x', 'FileOrCreate')).rejects.toThrow(
    /^open \/none\/x: no such file or directory$/,
  );
});

test.each([
  ['DirectoryOrCreate', 'directory 755'],
  ['FileOrCreate', 'file 644'],
])('type %s makes what is missing', async (type, made) => {
  const paths = pathsWith(null);
  await checkHostPath(paths, '/x', type);
  expect(paths.made).toEqual([made]);
});
