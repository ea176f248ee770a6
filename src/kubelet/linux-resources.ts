import type { Container, Pod } from '../generated/types.ts';
import { qosClass } from '../objects/core/pod/qos.ts';
import { milliValue, parseQuantity, wholeValue } from '../objects/quantity.ts';
import type { LinuxResources } from './runtime.ts';

const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
const SHARES_PER_CPU = 1024;
const PERIOD_US = 100_000;
const QUOTA_US_MIN = 1_000;

/** The cgroup limits of a container, as upstream's generateLinuxContainerResources. */
export function linuxResources(
  pod: Pod,
  container: Container,
  nodeMemoryBytes: number,
): LinuxResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const cpuLimit = milli(limits.cpu);
  const memoryLimit = bytes(limits.memory);
  // A limit without a request is the request too.
  const cpuRequest = requests.cpu === undefined ? cpuLimit : milli(requests.cpu);
  return {
    cpuShares: cpuShares(cpuRequest),
    ...(cpuLimit > 0 ? { cpuQuotaUs: cpuQuotaUs(cpuLimit), cpuPeriodUs: PERIOD_US } : {}),
    ...(memoryLimit > 0 ? { memoryLimitBytes: memoryLimit } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
}

/** Upstream's MilliCPUToShares. */
export function cpuShares(milliCpu: number): number {
  const shares = Math.floor((milliCpu * SHARES_PER_CPU) / 1000);
  return Math.min(SHARES_MAX, Math.max(SHARES_MIN, shares));
}

/** Upstream's MilliCPUToQuota, for a period of 100 ms. */
export function cpuQuotaUs(milliCpu: number): number {
  return Math.max(QUOTA_US_MIN, Math.floor((milliCpu * PERIOD_US) / 1000));
}

/** Upstream's GetContainerOOMScoreAdjust: who is killed first when the node runs out of memory. */
export function oomScoreAdj(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  if (pod.spec.priorityClassName === 'system-node-critical') return -997;
  const qos = qosClass(pod.spec);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = bytes(
    container.resources?.requests?.memory ?? container.resources?.limits?.memory,
  );
  const score = 1000 - Math.floor((1000 * request) / nodeMemoryBytes);
  // Between the guaranteed and the best-effort ones.
  if (score < 1000 - 997) return 1000 - 997;
  return score === 1000 ? 999 : score;
}

function milli(text: string | undefined): number {
  return text === undefined ? 0 : milliValue(parseQuantity(text));
}

function bytes(text: string | undefined): number {
  return text === undefined ? 0 : wholeValue(parseQuantity(text));
}
