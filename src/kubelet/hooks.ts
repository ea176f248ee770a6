import { sleep } from '../base/clock.ts';
import type { Container, HTTPGetAction, LifecycleHandler, Pod } from '../generated/types.ts';
import { goQuote } from '../objects/go-quote.ts';
import { recordPodEvent } from './container-events.ts';
import type { NodeContext } from './node-context.ts';
import { podText } from './pod-identity.ts';
import { httpProbeOf, resolvePort } from './probes/probe-target.ts';

/** A hook without a limit of its own is given up after this; a preStop hook has the grace. */
const HOOK_MS_MAX = 3_600_000;
const USER_AGENT = 'kube-lifecycle/1.34';
/** Go's words for a server that speaks HTTP where HTTPS was asked for. */
const PLAIN_SERVER = 'server gave HTTP response to HTTPS client';

/** Whose hook it is, and where it is reached. */
export interface HookPlace {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

/**
 * Runs a postStart or preStop hook to its end, or until `signal` aborts.
 *
 * @throws Error with upstream's text when it failed
 */
export async function runHook(
  node: NodeContext,
  place: HookPlace,
  hook: LifecycleHandler,
  signal: AbortSignal,
): Promise<void> {
  const of = `for Container "${place.container.name}" in Pod "${podText(place.pod)}" failed`;
  if (hook.exec !== undefined) {
    const command = hook.exec.command ?? [];
    const failure = await execFailure(node, place, command, signal);
    if (failure !== null) {
      throw new Error(`Exec lifecycle hook ([${command.join(' ')}]) ${of} - error: ${failure}`);
    }
  } else if (hook.httpGet !== undefined) {
    const failure = await httpFailure(node, place, hook.httpGet, signal);
    if (failure !== null) {
      throw new Error(`HTTP lifecycle hook (${hook.httpGet.path}) ${of} - error: ${failure}`);
    }
  } else if (hook.sleep !== undefined) {
    await sleep(node.clock, hook.sleep.seconds * 1000, signal);
  } else {
    // tcpSocket is kept in the API for old objects; no kubelet has ever run it.
    const { port = 0, host = '' } = hook.tcpSocket ?? {};
    const shown = typeof port === 'number' ? `{0 ${port} }` : `{1 0 ${port}}`;
    const socket = hook.tcpSocket ? `&TCPSocketAction{Port:${shown},Host:${host},}` : 'nil';
    const handler = `&LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:${socket},Sleep:nil,}`;
    throw new Error(`Cannot run handler: invalid handler: ${handler}`);
  }
}

async function execFailure(
  node: NodeContext,
  { containerId }: HookPlace,
  command: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const running = node.runtime.exec(containerId, command, HOOK_MS_MAX);
    // Nobody waits for the hook of a container that is to end: the command ends with it.
    running.catch(() => {});
    const result = await orAborted(running, signal);
    if (result === null || (result.exitCode === 0 && !result.timedOut)) return null;
    const output = new TextDecoder().decode(result.output);
    const why = `command '${command.join(' ')}' exited with ${result.exitCode}: ${output}`;
    return `${why}, message: ${goQuote(output)}`;
  } catch (error) {
    return `${error instanceof Error ? error.message : error}, message: ""`;
  }
}

/** Whatever the server answers is well: only a request that got no answer has failed. */
async function httpFailure(
  node: NodeContext,
  { pod, container, podIp }: HookPlace,
  action: HTTPGetAction,
  signal: AbortSignal,
): Promise<string | null> {
  const port = resolvePort(container, action.port || 80);
  if (port === null) return `couldn't find port: ${action.port}`;
  const { prober } = node.edges;
  const request = httpProbeOf(action, port, podIp, USER_AGENT);
  const first = await prober.http(request, HOOK_MS_MAX, signal);
  if (first.status !== undefined || signal.aborted) return null;
  if (request.scheme !== 'HTTPS' || !first.output.includes(PLAIN_SERVER)) return first.output;
  const headers = request.headers.filter(({ name }) => name.toLowerCase() !== 'authorization');
  const plain = await prober.http({ ...request, scheme: 'HTTP', headers }, HOOK_MS_MAX, signal);
  if (plain.status === undefined) return first.output;
  const host = `${request.host}:${port}`;
  const text = `request to HTTPS lifecycle hook ${host} got HTTP response, retry with HTTP succeeded`;
  recordPodEvent(node.recorder, pod, 'Warning', 'LifecycleHTTPFallback', text);
  return null;
}

/** The outcome of `work`, or null as soon as `signal` aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const abort = () => resolve(null);
    signal.addEventListener('abort', abort, { once: true });
    const leave = () => signal.removeEventListener('abort', abort);
    work.then(resolve, reject).finally(leave);
  });
}
