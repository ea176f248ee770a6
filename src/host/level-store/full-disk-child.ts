/**
 * The child of a test of level-store.test.ts, whose files cannot grow beyond a limit: writes until
 * that has failed twice, then tells what a user of the store saw.
 */
import { put, suiteCodec } from '../../storage/suite/subject.ts';
import { openLevelStore } from './level-store.ts';

// Without a handler the signal ends the process; with one, writing fails with EFBIG.
process.on('SIGXFSZ', () => {});

const VALUE = 'x'.repeat(20_000);
const store = await openLevelStore(process.argv[2]!, suiteCodec);
const errors: string[] = [];
const acknowledged: string[] = [];
for (let next = 0; errors.length < 2; next++) {
  const key = `/k/${next}`;
  try {
    await store.commit({ compare: [], operations: [put(key, VALUE)] });
    acknowledged.push(key);
  } catch (error) {
    errors.push(String(error));
  }
}
// Of what was refused, the disk may have some all the same.
const keys = new Set((await store.range('/k/')).items.map(({ key }) => key));
for (const key of acknowledged) if (!keys.has(key)) throw new Error(`${key} is lost`);
await store.close();
console.log(JSON.stringify({ written: acknowledged.length, revision: store.revision, errors }));
