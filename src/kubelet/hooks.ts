import { sleep } from '../base/clock.ts';
import type { Container, LifecycleHandler } from '../generated/types.ts';
import type { NodeContext } from './node-context.ts';
import { httpProbeOf, resolvePort } from './probes/probe-target.ts';

/** A hook without a limit of its own is given up after this; a preStop hook has the grace. */
const HOOK_MS_MAX = 3_600_000;

/**
 * Runs a postStart or preStop hook to its end.
 *
 * @throws Error with upstream's text when it failed
 */
export async function runHook(
  node: NodeContext,
  container: Container,
  id: string,
  hook: LifecycleHandler,
  podIp: string,
  signal: AbortSignal,
): Promise<void> {
  if (hook.exec !== undefined) {
    const command = hook.exec.command ?? [];
    const { exitCode, output, timedOut } = await node.runtime.exec(id, command, HOOK_MS_MAX);
    if (exitCode === 0 && !timedOut) return;
    const text = new TextDecoder().decode(output);
    throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${text}`);
  }
  if (hook.httpGet !== undefined) {
    const port = resolvePort(container, hook.httpGet.port || 80);
    if (port === null) throw new Error(`couldn't find port: ${hook.httpGet.port}`);
    const request = httpProbeOf(hook.httpGet, port, podIp);
    const { result, output } = await node.edges.prober.http(request, HOOK_MS_MAX, signal);
    if (result === 'failure' || result === 'error') throw new Error(output);
    return;
  }
  if (hook.sleep !== undefined) await sleep(node.clock, hook.sleep.seconds * 1000, signal);
}
