import { type Clock, sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type Container, POD_GRACE_ANNOTATION, type Runtime } from '../../kubelet/runtime.ts';

/**
 * The longest that containers have to end when the cluster goes down: less than the 30 s a pod may
 * take when it is deleted, since somebody waits at a prompt.
 */
const GRACE_MS_MAX = 10_000;

/** A runtime whose disk is full may never be done; the daemon is waited for a minute. */
const STOP_MS_MAX = 30_000;

/**
 * Ends every container and then every sandbox, all pods at the same time. What has not ended within
 * 30 s goes on, and is adopted by the next start or ended by `delete`.
 */
export async function stopPods(runtime: Runtime, clock: Clock, log: Log): Promise<void> {
  const done = new AbortController();
  const all = stopAll(runtime, log).finally(() => done.abort());
  const late = sleep(clock, STOP_MS_MAX, done.signal).then(() => {
    if (!done.signal.aborted) log.error('pods do not end in time, and are left');
  });
  await Promise.race([all, late]);
}

async function stopAll(runtime: Runtime, log: Log): Promise<void> {
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
