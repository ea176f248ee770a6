import type { NodeContext } from './node-context.ts';
import { removeContainer } from './remove-container.ts';
import type { ContainerStatus } from './runtime.ts';
import type { PodRuntime } from './runtime-state.ts';

/**
 * What the runtime has of a pod, once the containers are removed whose start the end of an earlier
 * kubelet cut off: they were made and never started, or the runtime took their start back. Nothing
 * is told of them, and they are made again as if for the first time: that a kubelet ended is no
 * fault of the pod, which may be one that must not restart. No start of the pod may be under way.
 *
 * @throws RuntimeError while the runtime is still busy with the start
 */
export async function withoutCutOffStarts(
  node: Pick<NodeContext, 'cache' | 'edges' | 'log' | 'runtime'>,
  uid: string,
): Promise<PodRuntime> {
  const { cache, log } = node;
  for (const { id } of cache.get(uid).containers.filter(neverRan)) {
    // One that is thought to be new may have been started since it was looked at.
    await cache.refresh(id);
    const status = cache.get(uid).containers.find((container) => container.id === id);
    if (status === undefined || !neverRan(status)) continue;
    log.info('removing a container whose start was cut off', { id, uid });
    await removeContainer(node, status);
  }
  return cache.get(uid);
}

function neverRan({ state, isStartCutOff }: ContainerStatus): boolean {
  return state === 'created' || isStartCutOff === true;
}
