/**
 * The child of crash.test.ts: writes with many writers at once and tells of every acknowledged
 * transaction, until it is killed.
 */
import { openLevelStore } from '../../src/host/level-store/level-store.ts';
import { suiteCodec } from '../../src/storage/suite/subject.ts';
import { type CrashLine, type CrashOrders, transactionAt } from './crash-load.ts';

const orders = JSON.parse(process.argv[2]!) as CrashOrders;
// Writing to a pipe is synchronous: a line that the parent lacks was not written.
const tell = (line: CrashLine) => process.stdout.write(`${JSON.stringify(line)}\n`);

const store = await openLevelStore(orders.dir, suiteCodec, { historyEventsMax: 1_000 });
const watch = store.watch('/writer/', store.revision);
watch.onReady = () => {
  const last = watch.take(Number.POSITIVE_INFINITY).at(-1);
  if (last !== undefined) tell({ type: 'seen', revision: last.revision });
};
tell({ type: 'open' });

async function writeOn(writer: number, first: number): Promise<never> {
  for (let index = first; ; index++) {
    const operations = transactionAt(orders.seed, writer, index);
    const { revision } = await store.commit({ compare: [], operations });
    tell({ type: 'done', writer, revision });
  }
}

await Promise.all(orders.next.map((first, writer) => writeOn(writer, first)));
