import { expect, test } from 'vitest';
import { Stored } from '../storage/stored.ts';
import { ObjectShape } from './shapes.ts';

function storedOf(name: string, bytes: number): Stored {
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name }, data: 'x'.repeat(bytes) };
  return new Stored(null, Buffer.from(JSON.stringify(object)));
}

const MIB = 1024 * 1024;

test.each([
  ['of a thousand small revisions', 10, 1_100, 1_000],
  ['of a few large ones', 4 * MIB - 1_000, 10, 4],
])('ObjectShape: keeps the frames %s for watchers that come later', (_name, bytes, made, kept) => {
  const shape = new ObjectShape('full', undefined);
  const revisions = Array.from({ length: made }, (_, i) => storedOf(`${i}`, bytes));
  const frames = revisions.map((stored) => shape.frame('MODIFIED', stored));
  // From the newest back, so that a look does not push out what is still to be looked at.
  const isShared = (i: number) => shape.frame('MODIFIED', revisions[i]!) === frames[i];
  expect(isShared(made - 1)).toBe(true);
  expect(isShared(made - kept)).toBe(true);
  expect(isShared(made - kept - 1)).toBe(false);
});
