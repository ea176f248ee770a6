import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from './transport.ts';
import { WatchedTransport } from './watched-transport.ts';

function bare() {
  const written: string[] = [];
  let drain = () => {};
  let close = () => {};
  const state = { isFull: false };
  const transport: Transport = {
    write(bytes) {
      written.push(Buffer.from(bytes).toString('hex'));
      if (!state.isFull) return;
      return new Promise<void>((resolve) => {
        drain = resolve;
      });
    },
    open(_receive, closed) {
      close = closed;
    },
    pause() {},
    resume() {},
    end() {},
    destroy() {},
  };
  return { transport, written, state, drain: () => drain(), close: () => close() };
}

describe('WatchedTransport', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes empty settings while it is paused, until it goes on', () => {
    const { transport, written } = bare();
    const watched = new WatchedTransport(transport);
    watched.pause();
    watched.pause();
    vi.advanceTimersByTime(20_000);
    expect(written).toEqual(Array(2).fill('800300040000000400000000'));
    watched.resume();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('adds nothing to what a slow peer has to read', async () => {
    const { transport, written, state, drain } = bare();
    const watched = new WatchedTransport(transport);
    state.isFull = true;
    watched.pause();
    vi.advanceTimersByTime(50_000);
    expect(written).toHaveLength(1);
    drain();
    await Promise.resolve();
    vi.advanceTimersByTime(10_000);
    expect(written).toHaveLength(2);
    watched.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(['end', 'destroy', 'close'] as const)('stops with the connection: %s', (how) => {
    const { transport, close } = bare();
    const watched = new WatchedTransport(transport);
    let isClosed = false;
    watched.open(
      () => {},
      () => {
        isClosed = true;
      },
    );
    watched.pause();
    if (how === 'close') close();
    else watched[how]();
    expect([vi.getTimerCount(), isClosed]).toEqual([0, how === 'close']);
  });
});
