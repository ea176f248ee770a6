import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  put,
  type SuiteValue,
  suiteCodec,
  takeEvents,
  texts,
  write,
} from '../../storage/suite/subject.ts';
import { type LevelStore, openLevelStore } from '../level-store/level-store.ts';
import { restoreLevelStore } from '../level-store/restore.ts';
import { readKeyFile } from './key-file.ts';
import { restoreKeys } from './restore-keys.ts';
import { StoreKeys } from './store-keys.ts';

const SECRETS = '/secrets/';
/** No pattern that compression could take apart. */
const MARK = 'q7Zx0KfP3vLw9TbY';

let home: string;
const opened: LevelStore<SuiteValue>[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'store-keys-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(home, { recursive: true });
});

/** Opens the cluster in `name`, as the daemon does. */
async function start(name = 'a') {
  const folder = join(home, name);
  const keyFile = join(folder, 'keys', 'encryption.json');
  const keys = await StoreKeys.read(keyFile, [SECRETS]);
  const store = await openLevelStore(join(folder, 'store'), keys.codec(suiteCodec));
  opened.push(store);
  await keys.save();
  return { folder, keyFile, keys, store };
}

/** A store from before there was encryption, with secrets in log and tables. */
async function plainStore(count: number): Promise<void> {
  const store = await openLevelStore(join(home, 'a', 'store'), suiteCodec);
  for (let i = 0; i < count; i++) {
    await write(store, put(`${SECRETS}${i}`, `${MARK}${i}`), put(`/others/${i}`, `plain${i}`));
  }
  await store.close();
}

/** The files of a store in which `text` stands. */
async function filesWith(text: string, folder = join(home, 'a', 'store')): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    if ((await readFile(join(folder, name))).includes(text)) found.push(name);
  }
  return found;
}

async function keyNames(file: string): Promise<string[]> {
  return ((await readKeyFile(file)) ?? []).map(({ name }) => name);
}

describe('a store with keys', () => {
  it('holds its secrets encrypted, and everything else as it is', async () => {
    const { store, keyFile } = await start();
    await write(store, put(`${SECRETS}a`, MARK), put('/others/a', 'plainly'));
    expect((await store.get(`${SECRETS}a`))?.value.text).toBe(MARK);
    expect(await filesWith(MARK)).toEqual([]);
    expect(await filesWith('plainly')).not.toEqual([]);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    await store.close();
    expect(await filesWith(MARK)).toEqual([]);
    // As somebody may have put it back.
    await chmod(keyFile, 0o644);
    const again = await start();
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect(texts((await again.store.range('/')).items)).toEqual([
      '/others/a=plainly',
      `${SECRETS}a=${MARK}`,
    ]);
    expect(await again.keys.finish(again.store)).toBe(0);
  });

  it('does not start without its key, and makes none in its place', async () => {
    const { store, keyFile } = await start();
    await write(store, put(`${SECRETS}a`, MARK));
    await store.close();
    const [name] = await keyNames(keyFile);
    await rm(keyFile);
    await expect(start()).rejects.toThrow(`is encrypted with the key ${name}, which is lost`);
    expect(await readKeyFile(keyFile)).toBeNull();
    await writeFile(keyFile, '{"keys":[]}');
    await expect(start()).rejects.toThrow('the encryption keys in');
  });

  it('takes over one without, and leaves nothing readable in its files', async () => {
    await plainStore(300);
    // Read once more, so that the log has become a table.
    await (await openLevelStore(join(home, 'a', 'store'), suiteCodec)).close();
    expect(await filesWith(MARK)).not.toEqual([]);
    const { store, keys } = await start();
    const before = await store.range(SECRETS);
    expect(await keys.finish(store)).toBe(300);
    expect(await filesWith(MARK)).toEqual([]);
    // Neither revisions nor values have changed.
    expect(await store.range(SECRETS)).toEqual(before);
    expect(await keys.finish(store)).toBe(0);
    await store.close();
    expect(await filesWith(MARK)).toEqual([]);
    expect((await (await start()).store.range(SECRETS)).items).toEqual(before.items);
  });
});

describe('another key', () => {
  it('takes the place of the first while writes go on', async () => {
    const { store, keys, keyFile } = await start();
    for (let i = 0; i < 250; i++) void write(store, put(`${SECRETS}${i}`, `old${i}`));
    const base = await write(store, put('/others/a', '1'));
    const watch = store.watch('/', base);
    const before = await keyNames(keyFile);
    const rotating = keys.rotate(store);
    const writing = Promise.all(
      Array.from({ length: 200 }, (_, i) => write(store, put(`${SECRETS}${i}`, `new${i}`))),
    );
    await Promise.all([rotating, writing]);
    const after = await keyNames(keyFile);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(await filesWith(before[0]!)).toEqual([]);
    // Nobody is told of anything but what was written.
    expect(await takeEvents(watch, 200, 1_000)).toHaveLength(200);
    const items = (await store.range(SECRETS)).items;
    await store.close();
    expect((await (await start()).store.range(SECRETS)).items).toEqual(items);
  });

  it('is gone on with after a crash at any step', async () => {
    const first = await start();
    for (let i = 0; i < 5; i++) await write(first.store, put(`${SECRETS}${i}`, `${MARK}${i}`));
    const { items } = await first.store.range(SECRETS);
    // The steps are the values that are looked at, twice each, then the merge of the files.
    for (let steps = 0; steps <= 11; steps++) {
      const { store, keys } = steps === 0 ? first : await start();
      let left = steps;
      const step = () => {
        if (left-- === 0) throw new Error('crash');
      };
      const crashing = {
        rewriteValues: (rewrite: Parameters<typeof store.rewriteValues>[0]) =>
          store.rewriteValues((key, value) => {
            step();
            return rewrite(key, value);
          }),
        scrub: async () => step(),
        backup: (file: string) => store.backup(file),
      };
      const outcome = await keys.rotate(crashing).catch((error: Error) => error.message);
      expect([steps, outcome]).toEqual([steps, steps < 11 ? 'crash' : 5]);
      await store.close();
      const again = await start();
      expect((await again.store.range(SECRETS)).items).toEqual(items);
      await again.keys.finish(again.store);
      expect(await keyNames(again.keyFile)).toHaveLength(1);
      await again.store.close();
    }
    expect((await (await start()).store.range(SECRETS)).items).toEqual(items);
  });
});

describe('a backup', () => {
  it('is encrypted, and opens with the keys beside it', async () => {
    const { store, keys, keyFile } = await start();
    await write(store, put(`${SECRETS}a`, MARK));
    const backup = join(home, 'backup');
    await keys.backup(store, backup);
    expect((await readFile(backup)).includes(MARK)).toBe(false);
    expect((await stat(`${backup}.keys`)).mode & 0o777).toBe(0o600);
    // What it was made with is not what the cluster has by now.
    await keys.rotate(store);
    await keys.backup(store, join(home, 'newer'));
    await store.close();
    await rm(join(home, 'a', 'store'), { recursive: true });
    await restoreKeys(backup, keyFile);
    await restoreLevelStore(backup, join(home, 'a', 'store'));
    const again = await start();
    expect((await again.store.get(`${SECRETS}a`))?.value.text).toBe(MARK);
    expect(await again.keys.finish(again.store)).toBe(1);
    expect(await keyNames(keyFile)).toEqual(await keyNames(`${join(home, 'newer')}.keys`));
  });

  it('needs its key', async () => {
    const { store, keys } = await start();
    await write(store, put(`${SECRETS}a`, MARK));
    const backup = join(home, 'backup');
    await keys.backup(store, backup);
    const away = join(home, 'away');
    await cp(`${backup}.keys`, away);
    await rm(`${backup}.keys`);
    const target = join(home, 'b', 'keys', 'encryption.json');
    await expect(restoreKeys(backup, target)).rejects.toThrow('name the file that has it');
    await expect(restoreKeys(backup, target, join(home, 'none'))).rejects.toThrow('there is no');
    expect(await readKeyFile(target)).toBeNull();
    await restoreKeys(backup, target, away);
    await restoreLevelStore(backup, join(home, 'b', 'store'));
    expect((await (await start('b')).store.get(`${SECRETS}a`))?.value.text).toBe(MARK);
  });
});
