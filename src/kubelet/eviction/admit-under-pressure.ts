import type { Pod } from '../../generated/types.ts';
import { qosClass } from '../../objects/core/pod/qos.ts';
import { untolerated } from '../../objects/core/taint-toleration.ts';
import type { PressureCondition } from './pressure.ts';
import { isCritical } from './rank-pods.ts';

const MEMORY_TAINT = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };

/**
 * Why a pod may not start on a node that runs short: upstream's eviction manager as admission. Null
 * when it may. A node that is short of memory alone refuses only pods that request none.
 */
export function admitUnderPressure(
  pod: Pod,
  conditions: ReadonlySet<PressureCondition>,
): { reason: string; message: string } | null {
  if (conditions.size === 0 || isCritical(pod)) return null;
  if (conditions.size === 1 && conditions.has('MemoryPressure')) {
    if (qosClass(pod.spec) !== 'BestEffort') return null;
    if (untolerated([MEMORY_TAINT], pod.spec.tolerations, ['NoSchedule']) === undefined)
      return null;
  }
  const names = [...conditions].sort().join(' ');
  return {
    reason: 'Evicted',
    message: `The node had condition: [${names}]. `,
  };
}
