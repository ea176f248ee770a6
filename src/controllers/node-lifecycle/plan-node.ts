import { formatTime } from '../../base/clock.ts';
import type { Node, NodeCondition, Taint } from '../../generated/types.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** The conditions that a silent kubelet leaves unknown. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The taint against new pods for each condition that is True. */
const TAINT_KEYS: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

const MANAGED = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(TAINT_KEYS)]);

/**
 * The conditions of a node whose kubelet is silent that must become Unknown; none when they are.
 *
 * @param now epoch ms
 */
export function planSilence({ metadata, status }: Node, now: number): NodeCondition[] {
  const time = formatTime(now);
  return KUBELET_CONDITIONS.flatMap((type) => {
    const old = status?.conditions?.find((condition) => condition.type === type);
    if (old?.status === 'Unknown') return [];
    const never = old === undefined;
    return [
      {
        ...old,
        type,
        status: 'Unknown',
        lastHeartbeatTime: old?.lastHeartbeatTime ?? metadata.creationTimestamp,
        lastTransitionTime: time,
        reason: never ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown',
        message: never
          ? 'Kubelet never posted node status.'
          : 'Kubelet stopped posting node status.',
      },
    ];
  });
}

function readiness({ status }: Node): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** Whether the node's condition Ready is True. */
export function isNodeReady(node: Node): boolean {
  return readiness(node) === 'True';
}

/** Whether nobody knows how the node is: its condition Ready is Unknown. */
export function isNodeLost(node: Node): boolean {
  return readiness(node) === 'Unknown';
}

/** The taints that follow from the node's conditions, without times. */
function wantedTaints({ spec, status }: Node): Taint[] {
  const taints: Taint[] = [];
  for (const { type, status: state } of status?.conditions ?? []) {
    const key = TAINT_KEYS[type];
    if (key !== undefined && state === 'True') taints.push({ key, effect: 'NoSchedule' });
    if (type !== 'Ready' || state === 'True') continue;
    const cause = state === 'False' ? NOT_READY : UNREACHABLE;
    taints.push({ key: cause, effect: 'NoSchedule' }, { key: cause, effect: 'NoExecute' });
  }
  if (spec.unschedulable) taints.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  return taints;
}

/**
 * The taints that the node must have, or null when it has them. Taints of others are kept.
 *
 * @param now epoch ms
 */
export function planTaints(node: Node, now: number): Taint[] | null {
  const present = node.spec.taints ?? [];
  const same = (one: Taint) => (other: Taint) =>
    one.key === other.key && one.effect === other.effect;
  const wanted = wantedTaints(node);
  const kept = present.filter((taint) => !MANAGED.has(taint.key) || wanted.some(same(taint)));
  const missing = wanted.filter((taint) => !present.some(same(taint)));
  if (missing.length === 0 && kept.length === present.length) return null;
  const timeAdded = formatTime(now);
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded }))];
}
