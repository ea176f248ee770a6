import { nextInt, type Prng, seededPrng } from '../../src/base/prng.ts';
import type { Operation } from '../../src/storage/store.ts';
import { del, put, type SuiteValue } from '../../src/storage/suite/subject.ts';

/** The load of the crash test: what each writer does is a function of the seed. */
export const WRITERS = 32;
const KEYS_PER_WRITER = 20;
const OPERATIONS_MAX = 3;
const TEXT_BYTES_MAX = 3_000;

/** What the parent tells the child: the seed, and the next transaction of each writer. */
export interface CrashOrders {
  readonly dir: string;
  readonly seed: number;
  readonly next: readonly number[];
}

/** A line of the child: it is open; a watch saw a revision; a transaction was acknowledged. */
export type CrashLine =
  | { readonly type: 'open' }
  | { readonly type: 'seen'; readonly revision: number }
  | { readonly type: 'done'; readonly writer: number; readonly revision: number };

/** The operations of the `index`th transaction of a writer; only it writes its keys. */
export function transactionAt(
  seed: number,
  writer: number,
  index: number,
): Operation<SuiteValue>[] {
  const prng = seededPrng(seed + writer * 1_000_003 + index * 7_919);
  const keys = new Set<number>();
  const count = 1 + nextInt(prng, OPERATIONS_MAX);
  while (keys.size < count) keys.add(nextInt(prng, KEYS_PER_WRITER));
  return [...keys].map((number) => {
    const key = `/writer/${writer}/${number}`;
    return nextInt(prng, 5) === 0 ? del(key) : put(key, text(prng, `${key}#${index}#`));
  });
}

/** Differs in every transaction, and all along, so that a part of another would be noticed. */
function text(prng: Prng, start: string): string {
  const word = nextInt(prng, 2 ** 32).toString(36);
  return start + word.repeat(nextInt(prng, TEXT_BYTES_MAX) / word.length);
}
