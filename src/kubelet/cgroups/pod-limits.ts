import type { Container, Pod } from '../../generated/types.ts';
import { qosClass } from '../../objects/core/pod/qos.ts';
import { resourceQuantity } from '../../objects/core/pod/resource-list.ts';
import { type Amounts, podLimits, podRequests } from '../../objects/core/pod/resources.ts';
import { milliValue, wholeValue } from '../../objects/quantity.ts';
import type { CgroupLimits } from '../edges.ts';
import { cpuQuotaUs, cpuShares, PERIOD_US, SHARES_MIN } from '../linux-resources.ts';

/**
 * What a pod's own cgroup is limited to: upstream's ResourceConfigForPod. A limit counts only when
 * every container has it, or the whole pod has: the others may take what there is.
 */
export function podCgroupLimits(pod: Pod): CgroupLimits {
  const { spec } = pod;
  if (qosClass(spec) === 'BestEffort') return { cpuShares: SHARES_MIN };
  const limits = podLimits(spec);
  // Containers for debugging have no resources and come later: they do not count.
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const isDeclared = (name: string) =>
    has(limits, name) &&
    (spec.resources?.limits?.[name] !== undefined ||
      containers.every((container) => hasLimit(container, name)));
  return {
    cpuShares: cpuShares(milliCpuRequest(pod)),
    ...(isDeclared('cpu')
      ? { cpuQuotaUs: cpuQuotaUs(milliValue(limits.get('cpu')!)), cpuPeriodUs: PERIOD_US }
      : {}),
    ...(isDeclared('memory') ? { memoryLimitBytes: wholeValue(limits.get('memory')!) } : {}),
  };
}

/** What a pod requests of the processors, in thousandths of one. */
export function milliCpuRequest({ spec }: Pod): number {
  const cpu = podRequests(spec).get('cpu');
  return cpu === undefined ? 0 : milliValue(cpu);
}

function has(amounts: Amounts, name: string): boolean {
  return (amounts.get(name)?.nanos ?? 0n) > 0n;
}

function hasLimit({ resources }: Container, name: string): boolean {
  return (resourceQuantity(resources?.limits?.[name] ?? '')?.nanos ?? 0n) > 0n;
}
