/**
 * The state in memory: that the time of an operation stays flat as objects become more, and what
 * watches cost. Goals: a list of 2,000 well below 1 ms; 50 watches of one prefix above 100,000
 * events/s in all; events that nobody watches cost next to nothing.
 * Run: `npx tsx bench/store-memory.ts`
 */
import { performance } from 'node:perf_hooks';
import { MemoryStore } from '../src/storage/memory-store.ts';

const codec = { commit: (value: string) => value };
const SIZES = [1_000, 5_000, 20_000, 100_000];
const OPERATIONS = 20_000;

/** Microseconds for each of `count` runs, which may be promises. */
async function timeUs(count: number, run: (i: number) => unknown): Promise<string> {
  const start = performance.now();
  for (let i = 0; i < count; i++) await run(i);
  return (((performance.now() - start) * 1_000) / count).toFixed(2);
}

async function fill(size: number): Promise<MemoryStore<string>> {
  const store = new MemoryStore<string>(codec);
  for (let i = 0; i < size; i++) await put(store, podKey(i, size));
  return store;
}

/** Keys in no particular order, 500 to a namespace. */
function podKey(i: number, size: number): string {
  const place = (i * 7_919) % size;
  return `/registry/pods/team-${Math.floor(place / 500)}/web-${String(place).padStart(6, '0')}`;
}

async function put(store: MemoryStore<string>, key: string): Promise<void> {
  await store.commit({ compare: [], operations: [{ type: 'put', key, value: 'x' }] });
}

async function remove(store: MemoryStore<string>, key: string): Promise<void> {
  await store.commit({ compare: [], operations: [{ type: 'delete', key }] });
}

async function sizes(): Promise<void> {
  await fill(20_000);
  for (const size of SIZES) {
    const store = await fill(size);
    const update = await timeUs(OPERATIONS, (i) => put(store, podKey(i % size, size)));
    const create = await timeUs(OPERATIONS, async (i) => {
      const key = `${podKey(i % size, size)}-new`;
      await put(store, key);
      await remove(store, key);
    });
    const get = await timeUs(OPERATIONS, (i) => store.get(podKey(i % size, size)));
    const namespace = await timeUs(2_000, () => store.range('/registry/pods/team-1/'));
    const list = await timeUs(200, () => store.range('/registry/pods/', { limit: 2_000 }));
    const revision = store.revision - 1_000;
    const older = await timeUs(20, () => store.range('/registry/pods/', { limit: 500, revision }));
    console.log(
      `${size} objects, us: update ${update}, create and delete ${create}, get ${get}, ` +
        `list 500 ${namespace}, list 2,000 ${list}, page of 500 a thousand revisions ago ${older}`,
    );
  }
}

async function watches(): Promise<void> {
  for (const count of [0, 50, 1_000]) {
    const store = await fill(1_000);
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const watch = store.watch('/registry/pods/', store.revision);
      watch.onReady = () => {
        taken += watch.take(1_000).length;
      };
    }
    const watched = await timeUs(5_000, (i) => put(store, podKey(i % 1_000, 1_000)));
    const other = await timeUs(OPERATIONS, (i) => put(store, `/registry/leases/node/${i % 100}`));
    const perSecond = Math.round((count * 1e6) / Number(watched));
    console.log(
      `${count} watches, us: update that all of them see ${watched} (${perSecond} events/s), ` +
        `that none of them sees ${other}; ${taken} events taken`,
    );
    await store.close();
  }
}

await sizes();
await watches();
