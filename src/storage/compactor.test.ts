import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { VirtualClock } from '../sim/clock.ts';
import { settleBy } from '../sim/settle.ts';
import { COMPACTION_INTERVAL_MS, startCompactor } from './compactor.ts';
import { MemoryStore } from './memory-store.ts';
import { StoreError } from './store.ts';
import { put, suiteCodec, write } from './suite/subject.ts';

test('startCompactor: keeps the last interval, and at most two', async () => {
  const clock = new VirtualClock(0, settleBy());
  const stop = new AbortController();
  const store = new MemoryStore(suiteCodec);
  startCompactor(store, clock, silentLog, stop.signal);
  const first = await write(store, put('/a', '1'));
  await clock.advance(COMPACTION_INTERVAL_MS);
  expect(store.compactedRevision).toBe(1);
  const second = await write(store, put('/a', '2'));
  await clock.advance(COMPACTION_INTERVAL_MS);
  expect(store.compactedRevision).toBe(first);
  await clock.advance(COMPACTION_INTERVAL_MS);
  expect(store.compactedRevision).toBe(second);
  stop.abort();
  expect(clock.pending).toBe(0);
  await write(store, put('/a', '3'));
  await clock.advance(3 * COMPACTION_INTERVAL_MS);
  expect(store.compactedRevision).toBe(second);
});

test('startCompactor: goes on after a failure', async () => {
  const clock = new VirtualClock(0, settleBy());
  const stop = new AbortController();
  const compacted: number[] = [];
  let isFailing = true;
  const store = {
    revision: 5,
    compact: async (revision: number) => {
      if (isFailing) throw new StoreError('not reachable');
      compacted.push(revision);
    },
  };
  startCompactor(store, clock, silentLog, stop.signal, 1_000);
  await clock.advance(1_000);
  isFailing = false;
  store.revision = 8;
  await clock.advance(2_000);
  expect(compacted).toEqual([5, 8]);
  stop.abort();
  expect(clock.pending).toBe(0);
});
