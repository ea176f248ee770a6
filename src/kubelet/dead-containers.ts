import { isTerminal } from '../objects/core/pod/conditions.ts';
import type { NodeEdges } from './edges.ts';
import type { PodWorkers } from './pod-workers.ts';
import { removeContainer } from './remove-container.ts';
import type { Runtime } from './runtime.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import { isAlive } from './runtime-state.ts';

export interface DeadContainersParts {
  readonly cache: RuntimeCache;
  readonly edges: Pick<NodeEdges, 'files'>;
  readonly runtime: Runtime;
  readonly workers: PodWorkers;
}

/**
 * Removes the containers and sandboxes of pods that have run to their end: upstream's
 * DeleteAllUnusedContainers, which makes room when the disk is short. Their logs go too; what the
 * pods' status says of them stays. Those of pods that may start them again are kept. Answers
 * whether there were any.
 */
export async function removeDeadContainers(parts: DeadContainersParts): Promise<boolean> {
  const { cache, runtime, workers } = parts;
  let hasRemoved = false;
  for (const { current } of workers.all()) {
    if (!isTerminal(current)) continue;
    const { containers, sandboxes } = cache.get(current.metadata.uid ?? '');
    if (containers.some(isAlive)) continue;
    for (const container of containers) {
      hasRemoved = true;
      await removeContainer(parts, container);
    }
    for (const { id, ready } of sandboxes) {
      if (ready) continue;
      await runtime.removeSandbox(id);
      await cache.refresh(id);
    }
  }
  return hasRemoved;
}
