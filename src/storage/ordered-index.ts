import { sortable } from './key-order.ts';

/** Entries of one leaf; a full leaf is split in halves. */
const LEAF_MAX = 512;

interface Leaf<T> {
  readonly keys: string[];
  readonly values: T[];
}

interface Position {
  readonly leaf: number;
  readonly offset: number;
}

/**
 * Values ordered by the UTF-8 bytes of their keys: a B+ tree of two levels. Finding is
 * O(log n); inserting and deleting also move at most one leaf's pointers, and every few hundred
 * inserts the list of leaves: flat up to millions of keys. A range costs what it returns.
 */
export class OrderedIndex<T> {
  /** In order, none empty. */
  readonly #leaves: Leaf<T>[] = [];

  /** Inserts or replaces. */
  set(key: string, value: T): void {
    const sortKey = sortable(key);
    const at = this.#seek((other) => other < sortKey);
    const leaf = this.#leaves[at.leaf];
    if (leaf?.keys[at.offset] === sortKey) leaf.values[at.offset] = value;
    else this.#insert(at, sortKey, value);
  }

  /** Removes the key, if it is there. */
  delete(key: string): void {
    const sortKey = sortable(key);
    const at = this.#seek((other) => other < sortKey);
    const leaf = this.#leaves[at.leaf];
    if (leaf?.keys[at.offset] !== sortKey) return;
    leaf.keys.splice(at.offset, 1);
    leaf.values.splice(at.offset, 1);
    if (leaf.keys.length === 0) this.#leaves.splice(at.leaf, 1);
    else this.#mergeWithNext(at.leaf);
  }

  /**
   * Values whose key starts with `prefix` and is not before `from`, at most `limit` of them, and
   * how many more there are.
   */
  range(prefix: string, from: string, limit: number): { items: T[]; remaining: number } {
    const sortPrefix = sortable(prefix);
    const sortFrom = sortable(from);
    const start = this.#seek((key) => key < sortPrefix || key < sortFrom);
    const end = this.#end(sortPrefix);
    const total = this.#distance(start, end);
    const items = this.#collect(start, Math.min(total, limit));
    return { items, remaining: Math.max(0, total - items.length) };
  }

  /** How many keys start with `prefix`. */
  count(prefix: string): number {
    const sortPrefix = sortable(prefix);
    return this.#distance(
      this.#seek((key) => key < sortPrefix),
      this.#end(sortPrefix),
    );
  }

  #end(sortPrefix: string): Position {
    return this.#seek((key) => key < sortPrefix || key.startsWith(sortPrefix));
  }

  /** The first key for which `isBefore` is false; it must be true for all keys before that. */
  #seek(isBefore: (key: string) => boolean): Position {
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { keys } = this.#leaves[middle]!;
      if (isBefore(keys[keys.length - 1]!)) low = middle + 1;
      else high = middle;
    }
    const leaf = low;
    const keys = this.#leaves[leaf]?.keys ?? [];
    low = 0;
    high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(keys[middle]!)) low = middle + 1;
      else high = middle;
    }
    return { leaf, offset: low };
  }

  /** 0 when `end` lies before `start`. */
  #distance(start: Position, end: Position): number {
    if (start.leaf > end.leaf) return 0;
    let distance = end.offset - start.offset;
    for (let i = start.leaf; i < end.leaf; i++) distance += this.#leaves[i]!.keys.length;
    return Math.max(0, distance);
  }

  #collect(start: Position, count: number): T[] {
    const items: T[] = [];
    let { leaf, offset } = start;
    while (items.length < count) {
      const { values } = this.#leaves[leaf]!;
      const stop = Math.min(values.length, offset + count - items.length);
      for (let i = offset; i < stop; i++) items.push(values[i]!);
      leaf++;
      offset = 0;
    }
    return items;
  }

  #insert(at: Position, sortKey: string, value: T): void {
    // A key after all others goes to the end of the last leaf.
    const index = Math.min(at.leaf, this.#leaves.length - 1);
    const leaf = this.#leaves[index];
    if (leaf === undefined) {
      this.#leaves.push({ keys: [sortKey], values: [value] });
      return;
    }
    const offset = index === at.leaf ? at.offset : leaf.keys.length;
    leaf.keys.splice(offset, 0, sortKey);
    leaf.values.splice(offset, 0, value);
    if (leaf.keys.length > LEAF_MAX) {
      const half = LEAF_MAX / 2;
      const right = { keys: leaf.keys.splice(half), values: leaf.values.splice(half) };
      this.#leaves.splice(index + 1, 0, right);
    }
  }

  /** Keeps a shrinking index from becoming many nearly empty leaves. */
  #mergeWithNext(index: number): void {
    const leaf = this.#leaves[index]!;
    const next = this.#leaves[index + 1];
    if (next === undefined || leaf.keys.length + next.keys.length > LEAF_MAX / 2) return;
    leaf.keys.push(...next.keys);
    leaf.values.push(...next.values);
    this.#leaves.splice(index + 1, 1);
  }
}
