import type { Container, Pod } from '../generated/types.ts';
import { isSidecar } from '../objects/core/pod/conditions.ts';
import { qosClass } from '../objects/core/pod/qos.ts';
import { hasPodLevelResources, podRequests } from '../objects/core/pod/resources.ts';
import { milliValue, parseQuantity, wholeValue } from '../objects/quantity.ts';
import type { LinuxResources } from './runtime.ts';

/** The least share of the processors that a cgroup can have. */
export const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
const SHARES_PER_CPU = 1024;
/** The period of CPU quotas, in microseconds. */
export const PERIOD_US = 100_000;
const QUOTA_US_MIN = 1_000;
const GUARANTEED_SCORE = -997;
const BEST_EFFORT_SCORE = 1000;

/** What of the node the limits of containers depend on. */
export interface NodeLimits {
  readonly memoryBytes: number;
  /** Whether it has cgroups v2 alone. */
  readonly isUnified: boolean;
}

/**
 * The cgroup limits of a container, as upstream's generateLinuxContainerResources. One without
 * limits of its own gets those of its whole pod.
 */
export function linuxResources(pod: Pod, container: Container, node: NodeLimits): LinuxResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const podLimits = pod.spec.resources?.limits;
  const cpuLimit = milli(limits.cpu) || milli(podLimits?.cpu);
  const memoryLimit = bytes(limits.memory) || bytes(podLimits?.memory);
  // A limit without a request is the request too.
  const cpuRequest = requests.cpu === undefined ? cpuLimit : milli(requests.cpu);
  return {
    cpuShares: cpuShares(cpuRequest),
    ...(cpuLimit > 0 ? { cpuQuotaUs: cpuQuotaUs(cpuLimit), cpuPeriodUs: PERIOD_US } : {}),
    ...(memoryLimit > 0 ? { memoryLimitBytes: memoryLimit } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, node.memoryBytes),
    // All processes of a container end together, as its limit is theirs together.
    ...(node.isUnified ? { unified: { 'memory.oom.group': '1' } } : {}),
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
  if (pod.spec.priorityClassName === 'system-node-critical') return GUARANTEED_SCORE;
  const qos = qosClass(pod.spec);
  if (qos === 'Guaranteed') return GUARANTEED_SCORE;
  if (qos === 'BestEffort') return BEST_EFFORT_SCORE;
  const scoreOf = (request: number) =>
    BEST_EFFORT_SCORE - Math.floor((1000 * request) / nodeMemoryBytes);
  let score = scoreOf(memoryRequest(container) + podShare(pod));
  if (isSidecar(container)) {
    // A sidecar is killed no sooner than the containers that it serves.
    score = Math.min(score, scoreOf(Math.min(...pod.spec.containers.map(memoryRequest))));
  }
  // Between the guaranteed and the best-effort ones.
  if (score < 1000 + GUARANTEED_SCORE) return 1000 + GUARANTEED_SCORE;
  return score === BEST_EFFORT_SCORE ? BEST_EFFORT_SCORE - 1 : score;
}

/** Each container's part of the memory that its pod requests beyond its containers. */
function podShare({ spec }: Pod): number {
  if (!hasPodLevelResources(spec)) return 0;
  const all = [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)];
  const own = all.reduce((sum, container) => sum + memoryRequest(container), 0);
  const requested = podRequests(spec).get('memory');
  if (requested === undefined) return 0;
  return Math.max(0, Math.floor((wholeValue(requested) - own) / all.length));
}

function memoryRequest({ resources }: Container): number {
  return bytes(resources?.requests?.memory ?? resources?.limits?.memory);
}

function milli(text: string | undefined): number {
  return text === undefined ? 0 : milliValue(parseQuantity(text));
}

function bytes(text: string | undefined): number {
  return text === undefined ? 0 : wholeValue(parseQuantity(text));
}
