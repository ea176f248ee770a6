/**
 * The embedded store against its goals: 64 writers of 1.5 KB above 15,000/s, one above 1,000/s,
 * 10,000 objects of 1.4 KB loaded in less than 300 ms and held in less than 200 MB.
 * Run: `npx tsx --expose-gc bench/store-level.ts`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openLevelStore } from '../src/host/level-store/level-store.ts';
import type { Codec } from '../src/storage/store.ts';
import { Stored, storedCodec } from '../src/storage/stored.ts';
import { samplePod } from './store-sample.ts';

const MEASURE_MS = 3_000;
const OBJECTS = 10_000;

const home = await mkdtemp(join(tmpdir(), 'bench-store-'));

/** Values that cost nothing to make: what the store alone can do. */
const bytesCodec: Codec<Uint8Array> = {
  commit: (value) => value,
  encode: (value) => value,
  decode: (bytes) => bytes,
};
const BYTES = Buffer.alloc(1_500, 'abcdefghijklmnopqrstuvwxyz0123456789');

async function writers<V>(
  count: number,
  what: string,
  codec: Codec<V>,
  make: (i: number) => V,
): Promise<void> {
  const dir = join(home, `writers-${what}-${count}`);
  const store = await openLevelStore(dir, codec);
  const start = performance.now();
  let written = 0;
  const writeOn = async () => {
    while (performance.now() - start < MEASURE_MS) {
      const i = written++;
      const key = `/registry/pods/default/web-${i}`;
      const operations = [{ type: 'put' as const, key, value: make(i) }];
      await store.commit({ compare: [{ key, modRevision: 0 }], operations });
    }
  };
  await Promise.all(Array.from({ length: count }, writeOn));
  const perSecond = Math.round((written / (performance.now() - start)) * 1_000);
  console.log(`${count} writers of ${what}: ${perSecond}/s`);
  await store.close();
}

async function fill(dir: string): Promise<void> {
  const store = await openLevelStore(dir, storedCodec);
  const put = async (i: number) => {
    const key = `/registry/pods/default/web-${i}`;
    const value = new Stored(samplePod(i), null);
    await store.commit({ compare: [], operations: [{ type: 'put', key, value }] });
  };
  await Promise.all(Array.from({ length: OBJECTS }, (_, i) => put(i)));
  await store.close();
}

async function load(): Promise<void> {
  const dir = join(home, 'load');
  await fill(dir);
  const empty = memory();
  const start = performance.now();
  const store = await openLevelStore(dir, storedCodec);
  const elapsedMs = Math.round(performance.now() - start);
  const { items } = await store.range('/registry/pods/');
  console.log(`load ${items.length} objects: ${elapsedMs} ms, ${growth(empty)}`);
  for (const { value } of items) void value.object.metadata;
  console.log(`with every object parsed: ${growth(empty)}`);
  const backupStart = performance.now();
  const { bytes } = await store.backup(join(home, 'backup'));
  console.log(`backup of ${megabytes(bytes)}: ${Math.round(performance.now() - backupStart)} ms`);
  await store.close();
}

/** Bytes in use after a collection: on the heap, and in buffers outside. */
function memory(): { heap: number; outside: number } {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, outside: arrayBuffers };
}

function growth(before: { heap: number; outside: number }): string {
  const { heap, outside } = memory();
  return `heap ${megabytes(heap - before.heap)} and buffers ${megabytes(outside - before.outside)} more`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

try {
  for (const count of [1, 64, 256]) {
    await writers(count, 'bytes', bytesCodec, () => BYTES);
    await writers(count, 'pods', storedCodec, (i) => new Stored(samplePod(i), null));
  }
  await load();
} finally {
  await rm(home, { recursive: true });
}
