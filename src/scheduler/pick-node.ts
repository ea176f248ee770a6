import { nextInt, type Prng } from '../base/prng.ts';
import { type ClusterChange, type Filter, never, type Rejection } from './filters/filter.ts';
import { nodeAffinity } from './filters/node-affinity.ts';
import { nodeName } from './filters/node-name.ts';
import { podAffinity } from './filters/pod-affinity.ts';
import { ports } from './filters/ports.ts';
import { resources } from './filters/resources.ts';
import { taints } from './filters/taints.ts';
import { topologySpread } from './filters/topology-spread.ts';
import { unschedulable } from './filters/unschedulable.ts';
import { volumeBinding } from './filters/volume-binding.ts';
import { volumeRestrictions } from './filters/volume-restrictions.ts';
import type { NodeState, PodDemand } from './node-state.ts';
import { leastAllocated } from './scores/least-allocated.ts';
import { preferredAffinity } from './scores/preferred-affinity.ts';
import { preferredTaints } from './scores/preferred-taints.ts';
import { normalize, type Score } from './scores/score.ts';

/** In upstream's order: a node is rejected by the first that finds it unfit. */
const FILTERS: readonly Filter[] = [
  unschedulable,
  nodeName,
  taints,
  nodeAffinity,
  ports,
  resources,
  volumeRestrictions,
  volumeBinding,
  topologySpread,
  podAffinity,
];

const SCORES: readonly Score[] = [preferredTaints, preferredAffinity, leastAllocated];

export type Pick =
  | { readonly type: 'node'; readonly name: string }
  | {
      readonly type: 'none';
      /** One for each node, by name. */
      readonly rejections: ReadonlyMap<string, Rejection>;
      /** What is wrong with the pod itself, so that no node was looked at. */
      readonly problem: string | null;
      /** What may let the pod fit one day. */
      readonly changes: ReadonlySet<ClusterChange>;
    };

/** Chooses the best of the nodes that can take the pod; chance decides between equal ones. */
export function pickNode(demand: PodDemand, nodes: readonly NodeState[], prng: Prng): Pick {
  const problem = demand.volumes?.problem ?? null;
  if (problem !== null) return { type: 'none', ...everywhere(problem, nodes), problem };
  const rejections = new Map<string, Rejection>();
  const changes = new Set<ClusterChange>(['node-added']);
  const fit: NodeState[] = [];
  for (const state of nodes) {
    const rejected = firstRejection(demand, state);
    if (rejected === null) fit.push(state);
    else {
      rejections.set(state.name, rejected.rejection);
      for (const change of rejected.filter.changes) changes.add(change);
    }
  }
  if (fit.length === 0) return { type: 'none', rejections, changes, problem };
  const totals = rate(demand, fit);
  const best = Math.max(...totals);
  const winners = fit.filter((_, index) => totals[index] === best);
  return { type: 'node', name: winners[nextInt(prng, winners.length)]!.name };
}

function everywhere(problem: string, nodes: readonly NodeState[]) {
  const rejections = new Map(nodes.map(({ name }) => [name, never(problem)]));
  return { rejections, changes: new Set<ClusterChange>(['volumes']) };
}

function firstRejection(demand: PodDemand, state: NodeState) {
  for (const filter of FILTERS) {
    const rejection = filter.check(demand, state);
    if (rejection !== null) return { filter, rejection };
  }
  return null;
}

function rate(demand: PodDemand, nodes: readonly NodeState[]): number[] {
  const totals = nodes.map(() => 0);
  if (nodes.length === 1) return totals;
  for (const { rate: rateOne, scale, weight } of SCORES) {
    const raw = nodes.map((state) => rateOne(demand, state));
    for (const [index, figure] of normalize(raw, scale).entries()) {
      totals[index]! += weight * figure;
    }
  }
  return totals;
}
