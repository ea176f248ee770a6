import { type Clock, sleep } from '../../base/clock.ts';
import type { Channel } from '../grpc/channel.ts';
import { CONTAINERD, CRI_NAMESPACE } from './containerd-messages.ts';

/** A pull in which nothing moves for so long is given up: its registry hangs. */
export const PULL_IDLE_MS_MAX = 60_000;
const LOOK_MS = 5_000;
const SNAPSHOTTERS = ['overlayfs', 'native'];
/** A layer is unpacked into a snapshot of such a name: it is the disk's time, not a registry's. */
const UNPACKING = 'kind==active,name~="^extract-"';

/**
 * Resolves with true when no image's content has moved for {@link PULL_IDLE_MS_MAX}, with false
 * when `signal` aborts before. containerd 1.6 has no time limit of its own for a registry that
 * takes a connection and never answers. It does not tell which content belongs to which pull: as
 * long as one moves, none is given up.
 */
export async function pullStalls(
  channel: Pick<Channel, 'unary' | 'stream'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  let last = '';
  let movedAt = clock.monotonic();
  while (!signal.aborted) {
    await sleep(clock, LOOK_MS, signal);
    if (signal.aborted) return false;
    const now = await look(channel, signal);
    if (now === null || now.isUnpacking || now.content !== last) {
      last = now?.content ?? last;
      movedAt = clock.monotonic();
    } else if (clock.monotonic() - movedAt >= PULL_IDLE_MS_MAX) return true;
  }
  return false;
}

/** What moves; null when containerd does not answer, and nothing is known. */
async function look(channel: Pick<Channel, 'unary' | 'stream'>, signal: AbortSignal) {
  const options = { signal, metadata: { 'containerd-namespace': CRI_NAMESPACE } };
  try {
    const { statuses } = await channel.unary(CONTAINERD.contentStatuses, {}, options);
    const content = statuses.map(({ ref, offset }) => `${ref} ${offset}`).sort();
    let isUnpacking = false;
    for (const snapshotter of SNAPSHOTTERS) {
      const request = { snapshotter, filters: [UNPACKING] };
      // One that this machine's containerd does not have unpacks nothing.
      await channel
        .stream(CONTAINERD.listSnapshots, request, options, ({ snapshots }) => {
          isUnpacking ||= snapshots.length > 0;
        })
        .catch(() => {});
    }
    return { content: content.join('\n'), isUnpacking };
  } catch {
    return null;
  }
}
