import type { Channel } from '../grpc/channel.ts';
import { CONTAINERD, CRI_NAMESPACE } from './containerd-messages.ts';

const OPTIONS = { metadata: { 'containerd-namespace': CRI_NAMESPACE }, timeoutMs: 120_000 };
const SIGKILL = 9;

/**
 * Whether a container cannot be removed since a process is left in it that CRI does not know of. It
 * comes from a start that was cut off, with its caller: containerd 1.6 may have made the process by
 * then, notes the start as failed, and refuses to remove the container from then on.
 */
export function isLeftTask(error: unknown): boolean {
  return error instanceof Error && error.message.includes('cannot delete running task');
}

/**
 * Ends such a process, so that its container can be removed.
 *
 * @throws GrpcError when containerd cannot
 */
export async function endLeftTask(channel: Channel, containerId: string): Promise<void> {
  const process = { containerId, execId: '' };
  await channel.unary(CONTAINERD.kill, { ...process, signal: SIGKILL }, OPTIONS);
  await channel.unary(CONTAINERD.wait, process, OPTIONS);
  await channel.unary(CONTAINERD.deleteTask, { containerId }, OPTIONS);
}
