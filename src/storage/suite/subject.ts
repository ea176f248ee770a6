import type { Codec, Operation, Store, StoreEvent, Watch } from '../store.ts';

/** The value that the suite stores; `revision` proves that the codec's commit was called. */
export interface SuiteValue {
  readonly text: string;
  readonly revision: number;
}

export const suiteCodec: Codec<SuiteValue> = {
  commit: (draft, modRevision) => ({ text: draft.text, revision: modRevision }),
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as SuiteValue,
};

/** A store made for one test, and what undoes it; `dispose` must bear a closed store. */
export interface SuiteSubject {
  readonly store: Store<SuiteValue>;
  dispose(): Promise<void>;
}

export const put = (key: string, text: string): Operation<SuiteValue> => ({
  type: 'put',
  key,
  value: { text, revision: 0 },
});
export const del = (key: string): Operation<SuiteValue> => ({ type: 'delete', key });

/** An event in short: `put key=text@revision`, `delete key@revision`. */
export function describeEvent({ type, item, revision }: StoreEvent<SuiteValue>): string {
  return type === 'put'
    ? `put ${item.key}=${item.value.text}@${revision}`
    : `delete ${item.key}@${revision}`;
}

/** Takes until there are `count` events, waiting for stores whose events come from elsewhere. */
export async function takeEvents(
  watch: Watch<SuiteValue>,
  count: number,
  max = 100,
): Promise<StoreEvent<SuiteValue>[]> {
  const events: StoreEvent<SuiteValue>[] = [];
  for (;;) {
    const ready = new Promise<void>((resolve) => {
      watch.onReady = resolve;
    });
    const taken = watch.take(max);
    events.push(...taken);
    if (events.length >= count) return events;
    if (taken.length === 0) await ready;
  }
}

/** Writes without comparing; gives the revision. */
export async function write(store: Store<SuiteValue>, ...operations: Operation<SuiteValue>[]) {
  const outcome = await store.commit({ compare: [], operations });
  if (!outcome.succeeded) throw new Error('a transaction without comparisons lost');
  return outcome.revision;
}

/** Items in short: `key=text`. */
export const texts = (items: readonly { key: string; value: SuiteValue }[]) =>
  items.map(({ key, value }) => `${key}=${value.text}`);
