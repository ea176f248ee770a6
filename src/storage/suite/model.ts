import { compareKeys } from '../key-order.ts';
import type { Operation } from '../store.ts';
import { describeEvent, type SuiteValue } from './subject.ts';

interface ModelItem {
  readonly text: string;
  readonly createRevision: number;
  readonly modRevision: number;
}

interface Version {
  readonly revision: number;
  readonly items: ReadonlyMap<string, ModelItem>;
  readonly events: readonly { key: string; text: string }[];
}

/** What a store must do, as plainly as it can be said: it keeps a copy of every revision. */
export class Model {
  readonly #versions: Version[];
  compactedRevision: number;

  constructor(revision: number, compactedRevision: number) {
    this.#versions = [{ revision, items: new Map(), events: [] }];
    this.compactedRevision = compactedRevision;
  }

  get revision(): number {
    return this.#newest.revision;
  }

  get #newest(): Version {
    return this.#versions.at(-1)!;
  }

  modRevision(key: string): number {
    return this.#newest.items.get(key)?.modRevision ?? 0;
  }

  /** Applies the operations if they change anything. */
  commit(operations: readonly Operation<SuiteValue>[]): void {
    const revision = this.revision + 1;
    const items = new Map(this.#newest.items);
    const events: { key: string; text: string }[] = [];
    for (const { key, ...operation } of operations) {
      const before = items.get(key);
      if (operation.type === 'put') {
        const { text } = operation.value;
        const createRevision = before?.createRevision ?? revision;
        items.set(key, { text, createRevision, modRevision: revision });
        events.push({ key, text: `put ${key}=${text}@${revision}` });
      } else if (before !== undefined) {
        items.delete(key);
        events.push({ key, text: `delete ${key}@${revision}` });
      }
    }
    if (events.length > 0) this.#versions.push({ revision, items, events });
  }

  /** Items under `prefix` at `revision`, in short, in order. */
  range(prefix: string, from: string, revision: number): string[] {
    const { items } = this.#versions.findLast((version) => version.revision <= revision)!;
    return [...items]
      .filter(([key]) => key.startsWith(prefix) && compareKeys(key, from) >= 0)
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([key, item]) => describeModelItem(key, item));
  }

  /** Events under `prefix` after a revision, as {@link describeEvent} puts them. */
  events(prefix: string, afterRevision: number): string[] {
    return this.#versions
      .filter(({ revision }) => revision > afterRevision)
      .flatMap(({ events }) => events)
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ text }) => text);
  }
}

/** `key=text`, and the revisions that created it and last wrote it. */
export function describeModelItem(key: string, item: ModelItem): string {
  return `${key}=${item.text} ${item.createRevision} ${item.modRevision}`;
}
