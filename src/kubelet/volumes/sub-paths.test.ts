import { expect, test } from 'vitest';
import { SimDisk } from '../../sim/disk.ts';
import { simNodePaths } from '../../sim/node-paths.ts';
import { subPaths } from './sub-paths.ts';

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u' },
  spec: { containers: [] },
};
const VOLUMES = new Map([['data', { path: '/node/data' }]]);
const ENV = new Map([['NAME', 'web']]);
const paths = simNodePaths(new SimDisk());

function held(mount: object, edge = paths) {
  const mounts = [
    { name: 'data', mountPath: '/whole' },
    { name: 'data', mountPath: '/m', ...mount },
  ];
  return subPaths(edge, POD, { name: 'c', volumeMounts: mounts }, ENV, VOLUMES);
}

test.each<[object, string]>([
  [{ subPath: 'a/b' }, '/node/data/a/b'],
  [{ subPathExpr: 'logs/$(NAME)' }, '/node/data/logs/web'],
])('%j is held', async (mount, path) => {
  expect([...(await held(mount))]).toEqual([[1, path]]);
});

test.each<[object, string]>([
  [{ subPathExpr: '$(NONE)' }, 'missing value for "NONE"'],
  [{ subPath: '/a' }, 'error SubPath `/a` must not be an absolute path'],
  [{ subPath: 'a/../b' }, "unable to provision SubPath `a/../b`: must not contain '..'"],
])('%j is refused', async (mount, message) => {
  const expected = { reason: 'CreateContainerConfigError', message };
  await expect(held(mount)).rejects.toMatchObject(expected);
});

test('what goes wrong on the node is not told', async () => {
  const broken = () => Promise.reject(new Error('/etc/shadow is not in /node/data'));
  await expect(held({ subPath: 'a' }, { ...paths, makeSubPath: broken })).rejects.toThrow(
    'failed to create subPath directory for volumeMount "data" of container "c"',
  );
  await expect(held({ subPath: 'a' }, { ...paths, holdSubPath: broken })).rejects.toThrow(
    'failed to prepare subPath for volumeMount "data" of container "c"',
  );
});
