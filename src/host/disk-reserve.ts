import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskReserve } from '../kubelet/edges.ts';

/** Enough for LevelDB to open its log again and for what containerd notes of an end. */
const RESERVE_BYTES = 16 * 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024);
/** A disk with less is full. */
const FULL_BYTES = 4 * 1024 * 1024;
/** Nothing is kept of a disk that has less. */
const PLENTY_BYTES = 4 * RESERVE_BYTES;

/** The file that holds the room, in the cluster's folder `home`. */
export function reserveFile(home: string): string {
  return join(home, 'reserve');
}

/** Room on the disk of the cluster's folder, held by a file that is removed to give it. */
export class HostDiskReserve implements DiskReserve {
  readonly #home: string;
  readonly #availableBytes: () => Promise<number>;

  /**
   * @param home absolute path of the cluster's folder
   * @param available how many bytes are left there
   */
  constructor(home: string, available = () => availableBytes(home)) {
    this.#home = home;
    this.#availableBytes = available;
  }

  async release(): Promise<boolean> {
    try {
      if ((await this.#availableBytes()) >= FULL_BYTES) return false;
      const isThere = (await this.#heldBytes()) > 0;
      await rm(reserveFile(this.#home), { force: true });
      return isThere;
    } catch {
      // A disk that cannot even be asked has no room to give.
      return false;
    }
  }

  async keep(): Promise<void> {
    // Looked at each time: a start of the cluster may have given it too.
    if ((await this.#heldBytes()) >= RESERVE_BYTES) return;
    if ((await this.#availableBytes()) >= PLENTY_BYTES) await this.#write();
  }

  /** Zeros are written: a file that only says it is so long would hold nothing. */
  async #write(): Promise<void> {
    const file = await open(reserveFile(this.#home), 'w', 0o600);
    try {
      for (let at = 0; at < RESERVE_BYTES; at += CHUNK.length) {
        await file.write(CHUNK, 0, CHUNK.length, at);
      }
    } finally {
      await file.close();
    }
  }

  async #heldBytes(): Promise<number> {
    return stat(reserveFile(this.#home)).then(
      ({ size }) => size,
      () => 0,
    );
  }
}

async function availableBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
