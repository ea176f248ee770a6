import { MemoryStore } from './memory-store.ts';
import { storeSuite } from './store-suite.ts';
import { suiteCodec } from './suite/subject.ts';

storeSuite('MemoryStore', async () => {
  const store = new MemoryStore(suiteCodec);
  return { store, dispose: () => store.close() };
});
