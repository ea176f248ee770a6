import type { Log } from '../../base/log.ts';
import { type Container, POD_GRACE_ANNOTATION, type Runtime } from '../../kubelet/runtime.ts';

/**
 * The longest that containers have to end when the cluster goes down: less than the 30 s a pod may
 * take when it is deleted, since somebody waits at a prompt.
 */
const GRACE_MS_MAX = 10_000;

/** Ends every container and then every sandbox, all pods at the same time. */
export async function stopPods(runtime: Runtime, log: Log): Promise<void> {
  const [containers, sandboxes] = await Promise.all([
    runtime.listContainers(),
    runtime.listSandboxes(),
  ]);
  const attempt = (work: Promise<void>, id: string) =>
    work.catch((error) => log.warn('cannot be stopped', { id, error: String(error) }));
  await Promise.all(
    sandboxes
      .filter(({ ready }) => ready)
      .map(async ({ id }) => {
        const own = containers.filter(
          ({ sandboxId, state }) => sandboxId === id && state === 'running',
        );
        const stops = own.map((one) =>
          attempt(runtime.stopContainer(one.id, graceMs(one)), one.id),
        );
        await Promise.all(stops);
        await attempt(runtime.stopSandbox(id), id);
      }),
  );
}

function graceMs({ annotations }: Container): number {
  const seconds = Number(annotations[POD_GRACE_ANNOTATION] ?? Number.NaN);
  return Number.isNaN(seconds) ? GRACE_MS_MAX : Math.min(seconds * 1_000, GRACE_MS_MAX);
}
