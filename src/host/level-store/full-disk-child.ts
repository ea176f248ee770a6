/**
 * The child of a test of level-store.test.ts, whose files cannot grow beyond a limit: writes until
 * that fails, then tells what a user of the store saw.
 */
import { put, suiteCodec } from '../../storage/suite/subject.ts';
import { openLevelStore } from './level-store.ts';

// Without a handler the signal ends the process; with one, writing fails with EFBIG.
process.on('SIGXFSZ', () => {});

const VALUE = 'x'.repeat(20_000);
const store = await openLevelStore(process.argv[2]!, suiteCodec);
const errors: string[] = [];
let written = 0;
while (errors.length < 2) {
  try {
    await store.commit({ compare: [], operations: [put(`/k/${written}`, VALUE)] });
    written++;
  } catch (error) {
    errors.push(String(error));
  }
}
const readable = (await store.range('/k/')).items.length;
if (readable !== written) throw new Error(`${readable} readable of ${written} written`);
await store.close();
console.log(JSON.stringify({ written, revision: store.revision, errors }));
