import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { hostClock } from '../clock.ts';
import { HostManifests } from './host-manifests.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'proa-manifests-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function manifestsAt(path: string): HostManifests {
  const parse = async (text: string) => JSON.parse(text) as unknown;
  return new HostManifests(path, parse, hostClock, silentLog);
}

/** Answers a function that resolves at the next change. */
function changes(manifests: HostManifests): () => Promise<void> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  let resolve = () => {};
  manifests.watch(() => resolve(), stop.signal);
  return () =>
    new Promise((done) => {
      resolve = done;
    });
}

test('reads files, and neither folders nor hidden files', async () => {
  const path = folder();
  writeFileSync(join(path, 'b.yaml'), '{"a": 1}');
  writeFileSync(join(path, 'a.json'), '{"a": 2}');
  writeFileSync(join(path, '.a.json.swp'), 'x');
  mkdirSync(join(path, 'folder'));
  symlinkSync(join(path, 'b.yaml'), join(path, 'c.yaml'));
  symlinkSync(join(path, 'nowhere'), join(path, 'd.yaml'));
  expect(await manifestsAt(path).read()).toEqual([
    { name: 'a.json', value: { a: 2 } },
    { name: 'b.yaml', value: { a: 1 } },
    { name: 'c.yaml', value: { a: 1 } },
  ]);
});

test('tells what is wrong with a file, and reads no large one', async () => {
  const path = folder();
  writeFileSync(join(path, 'bad'), '{');
  writeFileSync(join(path, 'large'), ' '.repeat(1024 * 1024 + 1));
  const [bad, large] = await manifestsAt(path).read();
  expect(bad?.error).toMatch(/JSON/);
  expect(large?.error).toBe('the file is too large: 1048577 bytes, at most 1048576 are read');
});

test('a folder that is not there has no files, and is made by the watch', async () => {
  const path = join(folder(), 'manifests');
  const manifests = manifestsAt(path);
  expect(await manifests.read()).toEqual([]);
  const next = changes(manifests);
  const changed = next();
  writeFileSync(join(path, 'a'), '{}');
  await changed;
  expect(await manifests.read()).toEqual([{ name: 'a', value: {} }]);
});

test('writing, renaming and removing are told', async () => {
  const path = folder();
  const manifests = manifestsAt(path);
  const next = changes(manifests);
  const steps = [
    () => writeFileSync(join(path, 'a'), '{}'),
    () => writeFileSync(join(path, 'a'), '{"changed": true}'),
    () => renameSync(join(path, 'a'), join(path, 'b')),
    () => rmSync(join(path, 'b')),
  ];
  for (const step of steps) {
    const changed = next();
    step();
    await changed;
  }
  expect(await manifests.read()).toEqual([]);
});

test('a folder that is replaced is watched again', async () => {
  const path = join(folder(), 'manifests');
  const manifests = manifestsAt(path);
  const next = changes(manifests);
  const replaced = next();
  renameSync(path, `${path}.old`);
  mkdirSync(path);
  await replaced;
  const changed = next();
  writeFileSync(join(path, 'a'), '{}');
  await changed;
  expect(await manifests.read()).toEqual([{ name: 'a', value: {} }]);
});
