import { StoreError } from './store.ts';

/** UTF-16 orders surrogates before U+E000..U+FFFF, UTF-8 after: only these keys need care. */
const ORDER_DIFFERS = /[\ud800-\uffff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const SURROGATES_START = 0xd800;
const SURROGATES_END = 0xe000;
const SURROGATES_COUNT = SURROGATES_END - SURROGATES_START;

/**
 * A string that JavaScript's `<` orders as the UTF-8 bytes of `key` are ordered. Almost always
 * `key` itself. Keeps prefixes: a prefix of a key maps to a prefix of what the key maps to.
 */
export function sortable(key: string): string {
  if (!ORDER_DIFFERS.test(key)) return key;
  let mapped = '';
  for (let i = 0; i < key.length; i++) {
    let unit = key.charCodeAt(i);
    if (unit >= SURROGATES_END) unit -= SURROGATES_COUNT;
    else if (unit >= SURROGATES_START) unit += 0x10000 - SURROGATES_END;
    mapped += String.fromCharCode(unit);
  }
  return mapped;
}

/** Negative, 0 or positive: the order of the keys' UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  const sortA = sortable(a);
  const sortB = sortable(b);
  if (sortA === sortB) return 0;
  return sortA < sortB ? -1 : 1;
}

/**
 * Refuses keys that have no UTF-8 form of their own, and the empty key, as etcd does.
 *
 * @throws StoreError
 */
export function checkKey(key: string): void {
  if (key === '') throw new StoreError('key is not provided');
  if (ORDER_DIFFERS.test(key) && LONE_SURROGATE.test(key))
    throw new StoreError(`key is not well-formed Unicode: ${JSON.stringify(key)}`);
}
