import { setImmediate as settle } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../sim/clock.ts';
import type { Channel, Method } from '../grpc/channel.ts';
import { CONTAINERD } from './containerd-messages.ts';
import { PULL_IDLE_MS_MAX, pullStalls } from './pull-watch.ts';

interface Seen {
  readonly offset: number;
  readonly unpacking?: boolean;
}

/** A containerd in which, at a time, so much is fetched; without that it does not answer. */
function containerd(at: () => Seen | null) {
  const { contentStatuses, listSnapshots } = CONTAINERD;
  return {
    async unary(method: Method<unknown, unknown>) {
      const seen = at();
      if (seen === null) throw new Error('away');
      const statuses = [{ ref: 'layer', offset: seen.offset }];
      return method.response.decode(contentStatuses.response.encode({ statuses }));
    },
    async stream(
      method: Method<unknown, unknown>,
      { snapshotter }: { snapshotter: string },
      _options: unknown,
      take: (answer: unknown) => void,
    ) {
      if (snapshotter !== 'overlayfs') throw new Error('no such snapshotter');
      const snapshots = at()?.unpacking ? [{ name: 'extract-1 sha256:2' }] : [];
      take(method.response.decode(listSnapshots.response.encode({ snapshots })));
    },
  } as unknown as Channel;
}

const cases: readonly [string, (second: number) => Seen | null, boolean][] = [
  ['hangs: nothing moves', () => ({ offset: 7 }), true],
  ['goes on: content comes, however slowly', (s) => ({ offset: Math.floor(s / 40) }), false],
  ['goes on: a layer is unpacked for minutes', () => ({ offset: 7, unpacking: true }), false],
  ['is not judged while containerd is away', () => null, false],
];

it.each(cases)('a pull %s', async (_, seen, expected) => {
  const clock = new VirtualClock(0, settle);
  const stop = new AbortController();
  let answer: boolean | undefined;
  const channel = containerd(() => seen(clock.monotonic() / 1000));
  const done = pullStalls(channel, clock, stop.signal).then((stalls) => {
    answer = stalls;
  });
  await clock.advance(PULL_IDLE_MS_MAX);
  expect(answer).toBeUndefined();
  await clock.advance(PULL_IDLE_MS_MAX * 4);
  expect(answer).toBe(expected ? true : undefined);
  stop.abort();
  await done;
  expect(answer).toBe(expected);
});
