import { type Clock, sleep } from '../base/clock.ts';
import type { HttpProbe, ProbeOutcome, Prober } from '../kubelet/edges.ts';
import type { SimHttpRule } from './image.ts';
import type { SimRuntime } from './runtime.ts';

/** Probes into simulated containers, with the texts of Go's network library. */
export function simProber(runtime: SimRuntime, clock: Clock): Prober {
  return {
    async http(probe, timeoutMs, signal) {
      const url = `${probe.scheme.toLowerCase()}://${probe.host}:${probe.port}${probe.path}`;
      const container = runtime.listener(probe.host, probe.port);
      if (container?.process == null) {
        return failure(`Get "${url}": ${refused(probe.host, probe.port)}`);
      }
      const rule = findRule(container.image.http ?? [], probe, container.process.ageSeconds);
      if (rule?.hangs) {
        await sleep(clock, timeoutMs, signal);
        const text = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
        return failure(`Get "${url}": ${text}`);
      }
      const status = rule?.status ?? 200;
      const output = rule?.body ?? '';
      if (status >= 200 && status < 400) return { result: 'success', output, status };
      return { ...failure(`HTTP probe failed with statuscode: ${status}`), status };
    },
    async tcp(host, port) {
      const isOpen = runtime.listener(host, port) !== undefined;
      return isOpen ? { result: 'success', output: '' } : failure(refused(host, port));
    },
    async grpc(host, port, _service, timeoutMs) {
      const container = runtime.listener(host, port);
      if (container === undefined) {
        const text = `failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s`;
        return failure(`timeout: ${text}: context deadline exceeded`);
      }
      const answer = container.image.grpc ?? 'SERVING';
      if (answer === 'SERVING') return { result: 'success', output: 'service healthy' };
      return failure(`service unhealthy (responded with "${answer}")`);
    },
  };
}

/** How a simulated server answers a request; undefined for its usual 200. */
export function findRule(
  rules: readonly SimHttpRule[],
  probe: Pick<HttpProbe, 'path' | 'headers'>,
  ageSeconds: number,
): SimHttpRule | undefined {
  return rules.find((rule) => {
    if (rule.path !== undefined && rule.path !== probe.path) return false;
    if (ageSeconds < (rule.fromSeconds ?? 0)) return false;
    if (ageSeconds >= (rule.untilSeconds ?? Number.POSITIVE_INFINITY)) return false;
    const { header } = rule;
    if (header === undefined) return true;
    return probe.headers.some(
      ({ name, value }) => name.toLowerCase() === header.name && value === header.value,
    );
  });
}

function refused(host: string, port: number): string {
  return `dial tcp ${host}:${port}: connect: connection refused`;
}

function failure(output: string): ProbeOutcome {
  return { result: 'failure', output };
}
