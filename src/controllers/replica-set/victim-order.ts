import type { Pod } from '../../generated/types.ts';
import { isPodReady, isSidecar, podCondition } from '../../objects/core/pod/conditions.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const COST_MAX = 2 ** 31 - 1;
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const NANOS_PER_MS = 1e6;

/** What of a pod decides whether it goes before another. */
interface Rank {
  /** The lower goes first; the first that differs decides. */
  readonly before: readonly number[];
  /** How long it has been ready, by powers of two; undefined when it is not. */
  readonly readyAt: number | undefined;
  readonly restarts: readonly number[];
  readonly createdAt: number;
  readonly uid: string;
}

/**
 * `pods` in the order in which they go when there are too many, as upstream's ActivePodsWithRanks:
 * unassigned before assigned, pending before running, not ready before ready, cheap before dear,
 * crowded together before spread out, ready for less time before longer, often restarted before
 * seldom, young before old. Of pods about as old the uid decides, that is, chance.
 *
 * @param related pods of the set's owner, itself included: those that a node is crowded with
 * @param now epoch ms
 */
export function victimOrder(pods: readonly Pod[], related: readonly Pod[], now: number): Pod[] {
  const onNode = new Map<string, number>();
  for (const { spec } of related) {
    const node = spec.nodeName ?? '';
    onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const ranks = pods.map((pod) => ({ pod, rank: rankOf(pod, onNode) }));
  ranks.sort((a, b) => compare(a.rank, b.rank, now));
  return ranks.map(({ pod }) => pod);
}

function rankOf(pod: Pod, onNode: ReadonlyMap<string, number>): Rank {
  const { metadata, spec, status } = pod;
  const node = spec.nodeName ?? '';
  const ready = isPodReady(pod);
  return {
    before: [
      node === '' ? 0 : 1,
      PHASES[status?.phase ?? ''] ?? 0,
      ready ? 1 : 0,
      costOf(metadata.annotations?.[DELETION_COST]),
      -(onNode.get(node) ?? 0),
    ],
    readyAt: ready ? Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '') : undefined,
    restarts: restartsOf(pod),
    createdAt: Date.parse(metadata.creationTimestamp ?? ''),
    uid: metadata.uid ?? '',
  };
}

function compare(a: Rank, b: Rank, now: number): number {
  return (
    firstDifference(a.before, b.before) ||
    (a.readyAt !== undefined && b.readyAt !== undefined
      ? compareAges(a.readyAt, b.readyAt, a, b, now)
      : 0) ||
    firstDifference(b.restarts, a.restarts) ||
    compareAges(a.createdAt, b.createdAt, a, b, now)
  );
}

function firstDifference(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/**
 * The younger goes first, but ages count by powers of two: else a set that was scaled up in haste
 * would lose all of its newest pods, which may well share a node. A time that is missing is newer.
 */
function compareAges(aMs: number, bMs: number, a: Rank, b: Rank, now: number): number {
  if (aMs === bMs) return 0;
  if (Number.isNaN(aMs) || Number.isNaN(bMs)) {
    return Number(Number.isNaN(bMs)) - Number(Number.isNaN(aMs));
  }
  return magnitude(now - aMs) - magnitude(now - bMs) || (a.uid < b.uid ? -1 : 1);
}

/** Of nanoseconds, as upstream's. */
function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * NANOS_PER_MS)) : -1;
}

/** What does not read as a cost costs nothing. */
function costOf(text = ''): number {
  if (!/^(0|-?[0-9]+)$/.test(text) || /^0./.test(text)) return 0;
  const cost = Number(text);
  return cost > COST_MAX || cost < -COST_MAX - 1 ? 0 : cost;
}

/** The most restarts of a regular container, and of a sidecar. */
function restartsOf({ spec, status }: Pod): [number, number] {
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const most = (counts: number[]) => Math.max(0, ...counts);
  return [
    most((status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    most(
      (status?.initContainerStatuses ?? [])
        .filter(({ name }) => sidecars.has(name))
        .map(({ restartCount }) => restartCount),
    ),
  ];
}
