import type { DiskReserve } from '../kubelet/edges.ts';

/** A reserve of which a test says whether its disk is full. */
export class SimDiskReserve implements DiskReserve {
  isFull = false;
  isKept = false;

  async release(): Promise<boolean> {
    const gives = this.isFull && this.isKept;
    if (gives) this.isKept = false;
    return gives;
  }

  async keep(): Promise<void> {
    if (!this.isFull) this.isKept = true;
  }
}
