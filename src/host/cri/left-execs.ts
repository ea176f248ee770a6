import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Channel } from '../grpc/channel.ts';
import { CONTAINERD, CRI_NAMESPACE, ProcessDetails } from './containerd-messages.ts';
import { killTree } from './kill-tree.ts';

/** How the names of commands begin that this program runs in containers. */
export const EXEC_PREFIX = 'exec-';
const OPTIONS = { metadata: { 'containerd-namespace': CRI_NAMESPACE }, timeoutMs: 120_000 };

/**
 * Ends the commands that an earlier process of this program left running in containers, with all
 * that they started: their clients and their time limits went with it.
 *
 * @param ownPrefix begins the names of this process's own
 */
export async function endLeftExecs(
  channel: Channel,
  clock: Clock,
  log: Log,
  ownPrefix: string,
): Promise<void> {
  const { tasks } = await channel.unary(CONTAINERD.listTasks, {}, OPTIONS);
  for (const { id: containerId } of tasks) {
    try {
      const { processes } = await channel.unary(CONTAINERD.listPids, { containerId }, OPTIONS);
      for (const { pid, info } of processes) {
        const { execId } = ProcessDetails.decode(info?.value ?? new Uint8Array());
        if (!execId.startsWith(EXEC_PREFIX) || execId.startsWith(ownPrefix)) continue;
        log.info('ending a command whose client is gone', { containerId, execId, pid });
        await killTree(pid, clock);
        await channel.unary(CONTAINERD.deleteProcess, { containerId, execId }, OPTIONS);
      }
    } catch (error) {
      // The container may end meanwhile, and its commands with it.
      log.debug('commands of a container not looked at', { containerId, error: String(error) });
    }
  }
}
