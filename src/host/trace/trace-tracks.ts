import type { Track } from '../../base/tracer.ts';

/** Tracks with rows of their own; later ones share a row of their group. */
export const TRACKS_MAX = 2_000;
const OTHERS = 'others';

/** Where one event is drawn: a process and a thread of it, as the format has it. */
export interface Row {
  readonly pid: number;
  readonly tid: number;
  readonly rows: Rows;
}

/** The rows of one track. */
interface Rows {
  readonly pid: number;
  readonly name: string;
  /** Rows on which nothing is under way, lowest first. */
  readonly free: number[];
}

/**
 * Gives every span a row on which nothing else is under way: viewers draw overlapping spans of one
 * row as if the later were part of the earlier.
 */
export class TraceTracks {
  readonly #emit: (event: object) => void;
  readonly #groups = new Map<string, number>();
  readonly #tracks = new Map<string, Rows>();
  #nextTid = 1;

  /** @param emit takes the events that name groups and rows */
  constructor(emit: (event: object) => void) {
    this.#emit = emit;
  }

  take(track: Track): Row {
    const rows = this.#rowsOf(track);
    const tid = rows.free.shift() ?? this.#newRow(rows);
    return { pid: rows.pid, tid, rows };
  }

  release({ rows, tid }: Row): void {
    const at = rows.free.findIndex((free) => free > tid);
    rows.free.splice(at === -1 ? rows.free.length : at, 0, tid);
  }

  #rowsOf({ group, name }: Track): Rows {
    const key = `${group}\n${name}`;
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    if (this.#tracks.size >= TRACKS_MAX && name !== OTHERS) {
      return this.#rowsOf({ group, name: OTHERS });
    }
    const rows = { pid: this.#pidOf(group), name, free: [] };
    this.#tracks.set(key, rows);
    return rows;
  }

  #pidOf(group: string): number {
    let pid = this.#groups.get(group);
    if (pid === undefined) {
      pid = this.#groups.size + 1;
      this.#groups.set(group, pid);
      this.#emit({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name: group } });
    }
    return pid;
  }

  #newRow({ pid, name }: Rows): number {
    const tid = this.#nextTid++;
    this.#emit({ ph: 'M', name: 'thread_name', pid, tid, args: { name } });
    return tid;
  }
}
