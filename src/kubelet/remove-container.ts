import type { NodeContext } from './node-context.ts';
import type { ContainerStatus } from './runtime.ts';

/** Removes a container that does not run, and its log. */
export async function removeContainer(
  {
    cache,
    edges,
    runtime,
  }: Pick<NodeContext, 'cache' | 'runtime'> & {
    readonly edges: Pick<NodeContext['edges'], 'files'>;
  },
  { id, logPath }: ContainerStatus,
): Promise<void> {
  await runtime.removeContainer(id);
  if (logPath !== '') await edges.files.removeLog(logPath);
  await cache.refresh(id);
}
