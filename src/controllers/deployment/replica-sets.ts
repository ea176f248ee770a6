import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { revisionOf } from './revisions.ts';
import { equalTemplates } from './template-hash.ts';

/** The ReplicaSets of a Deployment. */
export interface ReplicaSets {
  /** The one with the Deployment's template, if it has been made. */
  readonly current: ReplicaSet | undefined;
  /** All others, the oldest first. */
  readonly old: readonly ReplicaSet[];
}

/** A set and how many replicas it is to have. */
export interface Scaling {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/** Tells the current set from the old ones. Where several have the template, the oldest is it. */
export function sortSets({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSets {
  const sorted = sets.toSorted(byCreation);
  const current = sorted.find((set) => equalTemplates(set.spec.template, spec.template));
  return { current, old: sorted.filter((set) => set !== current) };
}

/** All of them. */
export function allOf({ current, old }: ReplicaSets): readonly ReplicaSet[] {
  return current === undefined ? old : [...old, current];
}

/** Orders by age, and by name where that is the same. */
export function byCreation(one: ReplicaSet, other: ReplicaSet): number {
  const [a, b] = [one.metadata, other.metadata];
  return (
    compare(a.creationTimestamp ?? '', b.creationTimestamp ?? '') ||
    compare(a.name ?? '', b.name ?? '')
  );
}

/** Orders by revision, and by age where that is the same. */
export function byRevision(one: ReplicaSet, other: ReplicaSet): number {
  return revisionOf(one) - revisionOf(other) || byCreation(one, other);
}

/** How many pods the set is to have. */
export function wantedOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

/** How many pods the sets are to have. */
export function wantedBy(sets: readonly ReplicaSet[]): number {
  return sum(sets, wantedOf);
}

/** How many pods of the sets are what `name` says, by their status. */
export function countOf(
  sets: readonly ReplicaSet[],
  name: 'replicas' | 'readyReplicas' | 'availableReplicas',
): number {
  return sum(sets, ({ status }) => status?.[name] ?? 0);
}

/** The sets that are to have pods. */
export function activeOf(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => wantedOf(set) > 0);
}

/** Adds up what `count` says of each. */
export function sum(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + count(set), 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
