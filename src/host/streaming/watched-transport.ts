import { CONTROL, controlFrame, words } from './spdy-frames.ts';
import type { Transport } from './transport.ts';

/** A peer that has gone is noticed at the second of these. */
const PROBE_MS = 10_000;

/**
 * A {@link Transport} of SPDY that notices a peer's end also while it is paused: what is not read
 * hides that there is no more. So something is written meanwhile, which a machine whose program
 * has gone answers by a reset. Settings without any setting ask for no answer, as a ping would.
 */
export class WatchedTransport implements Transport {
  readonly #transport: Transport;
  #probes: NodeJS.Timeout | null = null;
  #isWaiting = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#transport.write(bytes);
  }

  open(receive: (bytes: Buffer) => void, closed: () => void): void {
    this.#transport.open(receive, () => {
      this.#stop();
      closed();
    });
  }

  pause(): void {
    this.#transport.pause();
    this.#probes ??= setInterval(() => this.#probe(), PROBE_MS);
  }

  resume(): void {
    this.#stop();
    this.#transport.resume();
  }

  end(): void {
    this.#stop();
    this.#transport.end();
  }

  destroy(): void {
    this.#stop();
    this.#transport.destroy();
  }

  #probe(): void {
    // A slow peer has enough to read as it is.
    if (this.#isWaiting) return;
    const taken = this.#transport.write(controlFrame(CONTROL.settings, 0, words(0)));
    if (taken === undefined) return;
    this.#isWaiting = true;
    void taken.then(() => {
      this.#isWaiting = false;
    });
  }

  #stop(): void {
    if (this.#probes !== null) clearInterval(this.#probes);
    this.#probes = null;
  }
}
