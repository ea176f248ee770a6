import type { Channel } from '../grpc/channel.ts';
import { CONTAINERD, CRI_NAMESPACE } from './containerd-messages.ts';

const OPTIONS = { metadata: { 'containerd-namespace': CRI_NAMESPACE }, timeoutMs: 10_000 };
const UPPER = 'upperdir=';

/**
 * The folder of what a container wrote, mounted or not; undefined where there is none of its own,
 * or the container is gone.
 */
export async function writableLayer(
  channel: Channel,
  containerId: string,
): Promise<string | undefined> {
  try {
    const request = { snapshotter: 'overlayfs', key: containerId };
    const { mounts } = await channel.unary(CONTAINERD.snapshotMounts, request, OPTIONS);
    const options = mounts.flatMap((mount) => mount.options);
    return options.find((option) => option.startsWith(UPPER))?.slice(UPPER.length);
  } catch {
    return undefined;
  }
}
