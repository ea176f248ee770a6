import type { Container, Pod, Probe } from '../../generated/types.ts';
import { goQuote } from '../../objects/go-quote.ts';
import type { ContainerEvents } from '../container-events.ts';
import type { ProbeOutcome, Prober } from '../edges.ts';
import { expand } from '../expand.ts';
import type { Runtime } from '../runtime.ts';
import type { ProbeType } from './probe-results.ts';
import { httpProbeOf, resolvePort } from './probe-target.ts';

/** Tries for a probe that could not be made; one that was made and failed is not repeated. */
const TRIES_MAX = 3;

/** Where a probe goes and what it needs. */
export interface ProbeCall {
  readonly type: ProbeType;
  readonly probe: Probe;
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
  readonly runtime: Runtime;
  readonly prober: Prober;
  readonly events: ContainerEvents;
}

/**
 * Makes one probe and tells of a failure in an event. Null when nothing was learnt: the probe could
 * not be made. A warning counts as success, as upstream has it.
 */
export async function runProbe(
  call: ProbeCall,
  signal: AbortSignal,
): Promise<'success' | 'failure' | null> {
  let outcome: ProbeOutcome = { result: 'error', output: '' };
  for (let tries = 0; tries < TRIES_MAX && outcome.result === 'error'; tries++) {
    if (signal.aborted) return null;
    outcome = await tryOnce(call, signal);
  }
  if (signal.aborted) return null;
  const name = `${call.type[0]!.toUpperCase()}${call.type.slice(1)} probe`;
  const { result, output } = outcome;
  if (result === 'error') {
    const text = `${name} errored and resulted in unknown state: ${output}`;
    call.events.record('Warning', 'Unhealthy', text);
    return null;
  }
  if (result === 'failure') {
    call.events.record('Warning', 'Unhealthy', `${name} failed: ${output}`);
    return 'failure';
  }
  if (result === 'warning') {
    call.events.record('Warning', 'ProbeWarning', `${name} warning: ${output}`);
  }
  return 'success';
}

function tryOnce(call: ProbeCall, signal: AbortSignal): Promise<ProbeOutcome> {
  const { probe, container, podIp, prober } = call;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec !== undefined) return execProbe(call, probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet !== undefined) {
    const port = resolvePort(container, probe.httpGet.port);
    if (port === null) return badPort(probe.httpGet.port);
    return prober.http(httpProbeOf(probe.httpGet, port, podIp), timeoutMs, signal);
  }
  if (probe.tcpSocket !== undefined) {
    const port = resolvePort(container, probe.tcpSocket.port);
    if (port === null) return badPort(probe.tcpSocket.port);
    return prober.tcp(probe.tcpSocket.host || podIp, port, timeoutMs, signal);
  }
  if (probe.grpc !== undefined) {
    const { port, service = '' } = probe.grpc;
    return prober.grpc(podIp, port, service, timeoutMs, signal);
  }
  const output = `missing probe handler for ${call.pod.metadata.name}:${container.name}`;
  return Promise.resolve({ result: 'error', output });
}

async function execProbe(
  { container, containerId, runtime }: ProbeCall,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  // Only values that stand in the spec are known here, as upstream's ExpandContainerCommandOnlyStatic.
  const env = new Map(container.env?.map(({ name, value }) => [name, value]) ?? []);
  const words = command.map((word) => expand(word, (name) => env.get(name)));
  try {
    const { exitCode, output, timedOut } = await runtime.exec(containerId, words, timeoutMs);
    if (timedOut) {
      const text = `command timed out: ${goQuote(words.join(' '))} timed out after ${timeoutMs / 1000}s`;
      return { result: 'failure', output: text };
    }
    const text = new TextDecoder().decode(output);
    return { result: exitCode === 0 ? 'success' : 'failure', output: text };
  } catch (error) {
    // Whatever went wrong, nothing was learnt of the container; the probe must go on.
    return { result: 'error', output: error instanceof Error ? error.message : String(error) };
  }
}

function badPort(port: number | string): Promise<ProbeOutcome> {
  const text = typeof port === 'number' ? 'invalid port number' : "couldn't find port";
  return Promise.resolve({ result: 'error', output: `${text}: ${port}` });
}
