import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Codec, CompactedError, StoreError } from '../../storage/store.ts';
import { storeSuite } from '../../storage/store-suite.ts';
import {
  del,
  describeEvent,
  put,
  type SuiteSubject,
  type SuiteValue,
  suiteCodec,
  takeEvents,
  texts,
  write,
} from '../../storage/suite/subject.ts';
import { openDatabase } from './database.ts';
import { ITEM_PREFIX, REVISION_KEY } from './layout.ts';
import { type LevelStore, openLevelStore } from './level-store.ts';
import { REVISION_BUMP, restoreLevelStore } from './restore.ts';

const run = promisify(execFile);

async function makeSubject(): Promise<SuiteSubject> {
  const home = await mkdtemp(join(tmpdir(), 'level-store-'));
  const store = await openLevelStore(join(home, 'store'), suiteCodec);
  const dispose = async () => {
    await store.close();
    await rm(home, { recursive: true });
  };
  return { store, dispose };
}

storeSuite('LevelStore', makeSubject, 50);

describe('LevelStore on disk', () => {
  let home: string;
  let dir: string;
  const opened: LevelStore<SuiteValue>[] = [];
  const openStore = async (where = dir, codec: Codec<SuiteValue> = suiteCodec) => {
    const store = await openLevelStore(where, codec);
    opened.push(store);
    return store;
  };
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'level-store-'));
    dir = join(home, 'a', 'store');
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(home, { recursive: true });
  });

  test('reopened: everything is there, and revisions go on', async () => {
    const before = await openStore();
    await write(before, put('/a', '1'), put('/b', '1'), put('/é\u{1f600}', 'wide'));
    await write(before, put('/a', '2'));
    const revision = await write(before, del('/b'));
    const items = (await before.range('/')).items;
    await before.close();
    const after = await openStore();
    expect(after.revision).toBe(revision);
    expect((await after.range('/')).items).toEqual(items);
    expect(await write(after, put('/b', '3'))).toBe(revision + 1);
    expect(await after.get('/b')).toMatchObject({ createRevision: revision + 1 });
  });

  test('reopened: history is compacted, but who had seen everything goes on', async () => {
    const before = await openStore();
    await write(before, put('/a', '1'));
    const revision = await write(before, put('/a', '2'));
    await before.close();
    const after = await openStore();
    expect(after.compactedRevision).toBe(revision);
    expect(() => after.watch('/', revision - 1)).toThrow(CompactedError);
    await expect(after.range('/', { revision: revision - 1 })).rejects.toThrow(CompactedError);
    const watch = after.watch('/', revision);
    await write(after, put('/a', '3'));
    const [event] = await takeEvents(watch, 1);
    expect(describeEvent(event!)).toBe(`put /a=3@${revision + 1}`);
    expect(event?.previous?.value.text).toBe('2');
  });

  test('reopened: values are decoded by the codec, and each once', async () => {
    const before = await openStore();
    await write(before, put('/a', '1'));
    await before.close();
    const decoded: string[] = [];
    const after = await openStore(dir, {
      ...suiteCodec,
      decode: (bytes, modRevision, key) => {
        decoded.push(`${key}@${modRevision}`);
        return suiteCodec.decode(bytes, modRevision, key);
      },
    });
    const first = await after.get('/a');
    expect(decoded).toEqual(['/a@2']);
    expect((await after.range('/')).items[0]?.value).toBe(first?.value);
  });

  test('open: says when another process has the directory', async () => {
    await openStore();
    await expect(openStore()).rejects.toThrow(`the store in ${dir} is in use by another process`);
  });

  test('open: makes a directory that only its owner can read', async () => {
    await openStore();
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  test('open: says when the directory cannot be made', async () => {
    await writeFile(join(home, 'a'), '');
    await expect(openStore()).rejects.toThrow(/^cannot open the store in .*(EEXIST|ENOTDIR)/);
  });

  test.each([
    ['a value', `${ITEM_PREFIX}/a`, 'x', 'the stored value of /a is damaged'],
    ['the revision', REVISION_KEY, '12x', 'the stored revision is damaged: "12x"'],
    ['the format', '!format', '3', 'has format 3, this program knows format 2 only'],
  ])('open: refuses when %s is not what it wrote', async (_, key, value, message) => {
    const store = await openStore();
    await write(store, put('/a', '1'));
    await store.close();
    const database = await openDatabase(dir);
    await database.put(key, Buffer.from(value));
    await database.close();
    await expect(openStore()).rejects.toThrow(message);
    // It must not keep the lock.
    await expect(openStore()).rejects.toThrow(message);
  });

  test('open: says when a table file is missing', async () => {
    const store = await openStore();
    await write(store, put('/a', '1'));
    await store.close();
    await (await openStore()).close();
    for (const name of await readdir(dir)) if (name.endsWith('.ldb')) await rm(join(dir, name));
    await expect(openStore()).rejects.toThrow(`the store in ${dir} is damaged, restore a backup`);
  });

  test('commit: a value that cannot be encoded fails alone', async () => {
    const store = await openStore(dir, {
      ...suiteCodec,
      encode: (value) => {
        if (value.text === 'bad') throw new Error('cannot encode');
        return suiteCodec.encode(value, '');
      },
    });
    const base = store.revision;
    const bad = store.commit({ compare: [], operations: [put('/b', 'x'), put('/a', 'bad')] });
    const good = write(store, put('/c', 'good'));
    await expect(bad).rejects.toThrow('cannot encode');
    expect(await good).toBe(base + 1);
    expect(texts((await store.range('/')).items)).toEqual(['/c=good']);
  });

  test('backup: shows one moment, while writes go on', async () => {
    const store = await openStore();
    for (let i = 0; i < 500; i++) void write(store, put(`/k/${i}`, 'old'));
    const revision = await write(store, put('/last', 'x'));
    const file = join(home, 'backup');
    const writing = Promise.all(
      Array.from({ length: 500 }, (_, i) => write(store, put(`/k/${i}`, 'new'), del('/last'))),
    );
    const summary = await store.backup(file);
    await writing;
    expect(summary.bytes).toBe((await stat(file)).size);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const copy = join(home, 'copy');
    const restored = await restoreLevelStore(file, copy);
    expect(restored).toEqual({ revision: summary.revision + REVISION_BUMP, keys: summary.keys });
    const items = (await (await openStore(copy)).range('/')).items;
    expect(items).toHaveLength(summary.keys);
    // All writes up to the backup's revision are there, and none after it.
    expect(Math.max(...items.map(({ modRevision }) => modRevision))).toBe(summary.revision);
    const renewed = items.filter(({ value }) => value.text === 'new');
    expect(renewed).toHaveLength(summary.revision - revision);
  });

  test('backup: replaces the one before, and leaves it when it fails', async () => {
    const store = await openStore();
    const file = join(home, 'backup');
    expect(await store.backup(file)).toMatchObject({ revision: 1, keys: 0 });
    await write(store, put('/a', '1'));
    expect(await store.backup(file)).toMatchObject({ revision: 2, keys: 1 });
    await expect(store.backup(join(home, 'none', 'file'))).rejects.toThrow(StoreError);
    expect(await readdir(home)).toEqual(['a', 'backup']);
    await store.close();
    await expect(store.backup(file)).rejects.toThrow(StoreError);
    expect(await readdir(home)).toEqual(['a', 'backup']);
  });

  test('backup: several at once to one file', async () => {
    const store = await openStore();
    for (let i = 0; i < 1_000; i++) void write(store, put(`/k/${i}`, 'x'.repeat(1_000)));
    await write(store, put('/last', ''));
    const file = join(home, 'backup');
    const summaries = await Promise.all([store.backup(file), store.backup(file)]);
    expect(summaries[0]).toEqual(summaries[1]);
    expect(await restoreLevelStore(file, join(home, 'copy'), 0)).toEqual({
      revision: store.revision,
      keys: 1_001,
    });
  });

  test('restore: into an empty directory, so that no revision comes again', async () => {
    const store = await openStore();
    const revision = await write(store, put('/a', '1'), put('/b', 'x'.repeat(3_000_000)));
    const file = join(home, 'backup');
    await store.backup(file);
    const copy = join(home, 'copy');
    await mkdir(copy);
    await restoreLevelStore(file, copy, 1000);
    const restored = await openStore(copy);
    expect(restored.revision).toBe(revision + 1000);
    expect((await restored.range('/')).items).toEqual((await store.range('/')).items);
    expect(() => restored.watch('/', revision + 1)).toThrow(CompactedError);
  });

  test('restore: refuses a directory that is not empty', async () => {
    const store = await openStore();
    await store.backup(join(home, 'backup'));
    await expect(restoreLevelStore(join(home, 'backup'), dir)).rejects.toThrow('it is not empty');
  });

  test.each<[string, string, (file: string) => Promise<void>]>([
    ['cut short', 'its checksum differs', (file) => truncate(file, 200)],
    ['empty', 'it is too short', (file) => truncate(file, 0)],
    ['of another kind', 'is not a backup', (file) => writeFile(file, 'x'.repeat(500))],
    ['missing', 'cannot read the backup', (file) => rm(file)],
    [
      'changed in one bit',
      'its checksum differs',
      async (file) => {
        const bytes = await readFile(file);
        bytes[100]! ^= 1;
        await writeFile(file, bytes);
      },
    ],
  ])('restore: refuses a backup that is %s, and leaves nothing', async (_, message, damage) => {
    const store = await openStore();
    for (let i = 0; i < 10; i++) await write(store, put(`/k/${i}`, 'x'.repeat(100)));
    const file = join(home, 'backup');
    await store.backup(file);
    await damage(file);
    const copy = join(home, 'copy');
    await expect(restoreLevelStore(file, copy)).rejects.toThrow(message);
    expect((await readdir(home)).filter((name) => name.startsWith('copy'))).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'commit: what a disk refuses is told, and what comes later is written again',
    async () => {
      // A limit on the size of files stands in for a full disk: the log cannot grow beyond it.
      const child = new URL('./full-disk-child.ts', import.meta.url).pathname;
      const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname;
      const script = `ulimit -f 200; exec "${tsx}" "${child}" "${dir}"`;
      const { stdout } = await run('bash', ['-c', script]);
      const seen = JSON.parse(stdout) as { written: number; revision: number; errors: string[] };
      expect(seen.written).toBeGreaterThan(3);
      expect(seen.errors).toHaveLength(2);
      for (const error of seen.errors) expect(error).toMatch(/^StoreError: writing failed, /);
      const store = await openStore();
      expect(store.revision).toBeGreaterThanOrEqual(seen.revision);
      expect(await store.count('/k/')).toBeGreaterThanOrEqual(seen.written);
      await write(store, put('/again', 'x'));
    },
  );
});
