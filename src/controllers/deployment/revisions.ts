import type { Deployment, ReplicaSet } from '../../generated/types.ts';

/** Which revision of its Deployment a ReplicaSet is, and at which revision a Deployment is. */
export const REVISION = 'deployment.kubernetes.io/revision';
/** The revisions that a ReplicaSet was before it was rolled back to. */
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** What a ReplicaSet does not take over from its Deployment. */
const OWN = [
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
];

/** The earlier revisions that are remembered: upstream's bound. */
const HISTORY_CHARACTERS_MAX = 2_000;

type Annotations = Readonly<Record<string, string>>;

/** The revision of a ReplicaSet, 0 for one without. */
export function revisionOf({ metadata }: ReplicaSet): number {
  return integerIn(metadata.annotations ?? {}, REVISION) ?? 0;
}

/** The revision after those of `old`. */
export function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

/** How many replicas the Deployment asked for when the set was last scaled. */
export function desiredReplicasOf({ metadata }: ReplicaSet): number | undefined {
  return integerIn(metadata.annotations ?? {}, DESIRED_REPLICAS);
}

/** How many replicas the Deployment could have had then, with its surge. */
export function maxReplicasBefore({ metadata }: ReplicaSet): number | undefined {
  return integerIn(metadata.annotations ?? {}, MAX_REPLICAS);
}

/** The annotations of a set that is scaled. */
export function replicasAnnotations(desired: number, max: number): Annotations {
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) };
}

/**
 * The annotations of the newest ReplicaSet: those of its Deployment, and its revision. A revision
 * never gets smaller, though older sets may have been removed; one that gets greater means that the
 * Deployment was rolled back to this set, and the earlier one is remembered.
 */
export function revisionAnnotations(
  deployment: Deployment,
  present: Annotations,
  revision: number,
): Record<string, string> {
  const taken = Object.entries(deployment.metadata.annotations ?? {});
  const annotations = {
    ...present,
    ...Object.fromEntries(taken.filter(([name]) => !OWN.includes(name))),
  };
  const before = present[REVISION];
  const beforeNumber = before ? integerIn(present, REVISION) : 0;
  // What somebody wrote there by hand is left alone.
  if (beforeNumber === undefined || beforeNumber >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before) annotations[REVISION_HISTORY] = withRevision(present[REVISION_HISTORY], before);
  return annotations;
}

/** The oldest are forgotten where there are too many. */
function withRevision(history: string | undefined, revision: string): string {
  const revisions = [...(history ? history.split(',') : []), revision];
  while (revisions.length > 1 && revisions.join(',').length > HISTORY_CHARACTERS_MAX) {
    revisions.shift();
  }
  return revisions.join(',');
}

function integerIn(annotations: Annotations, name: string): number | undefined {
  const text = annotations[name];
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}
