import { startRegistry } from '../test/images/registry.ts';
import { deleteAll } from './cluster.ts';
import { destroyBareNodes } from './limits/bare-node.ts';

/**
 * Runs a benchmark beside a registry with its images, and ends the registry after it. An interrupt
 * removes all that the benchmark has left on the machine until then.
 *
 * @param work gets `HOST=URL` of the registries that images come from
 */
export async function withRegistry(
  work: (mirrors: readonly string[]) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const starting = startRegistry(stop.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      stop.abort();
      deleteAll();
      await destroyBareNodes();
      await starting.then(({ stopped }) => stopped).catch(() => {});
      process.exit(130);
    });
  }
  const registry = await starting;
  try {
    await work(registry.mirrors);
  } finally {
    stop.abort();
    await registry.stopped;
  }
}
