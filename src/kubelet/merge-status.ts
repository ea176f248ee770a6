import type { PodStatus } from '../generated/types.ts';
import { RESIZE_CONDITIONS } from './resize/pod-resize.ts';

const OWN_CONDITIONS = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  ...RESIZE_CONDITIONS,
]);

/** What the API has, but the kubelet's own part as last computed here, which is ahead of it. */
export function mergeStatus(inApi: PodStatus | undefined, computed: PodStatus): PodStatus {
  const isOwn = ({ type }: { type: string }) => OWN_CONDITIONS.has(type);
  const own = (computed.conditions ?? []).filter(isOwn);
  const others = (inApi?.conditions ?? []).filter((condition) => !isOwn(condition));
  return { ...inApi, ...computed, conditions: [...others, ...own] };
}
