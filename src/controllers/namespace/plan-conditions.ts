import { formatTime } from '../../base/clock.ts';
import type { NamespaceCondition } from '../../generated/types.ts';

/** What was found in a terminating namespace after everything was asked to go. */
export interface Remains {
  /** Objects left by resource (`pods.`, `deployments.apps`: upstream's spelling). */
  readonly counts: ReadonlyMap<string, number>;
  /** Objects left by the finalizer that holds them. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** What could not be deleted or listed. */
  readonly failures: readonly string[];
}

interface Finding {
  readonly type: string;
  readonly good: readonly [reason: string, message: string];
  readonly bad?: readonly [reason: string, message: string] | undefined;
}

function counted(counts: ReadonlyMap<string, number>, words: string): string {
  return [...counts]
    .map(([name, count]) => `${name} ${words.replace('#', String(count))}`)
    .sort()
    .join(', ');
}

function findings({ counts, finalizers, failures }: Remains): Finding[] {
  const one = failures.length === 1 ? failures[0]! : `[${failures.join(', ')}]`;
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      good: ['ResourcesDiscovered', 'All resources successfully discovered'],
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      good: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    },
    {
      type: 'NamespaceDeletionContentFailure',
      good: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
      bad:
        failures.length === 0
          ? undefined
          : [
              'ContentDeletionFailed',
              `Failed to delete all resource types, ${failures.length} remaining: ${one}`,
            ],
    },
    {
      type: 'NamespaceContentRemaining',
      good: ['ContentRemoved', 'All content successfully removed'],
      bad:
        counts.size === 0
          ? undefined
          : [
              'SomeResourcesRemain',
              `Some resources are remaining: ${counted(counts, 'has # resource instances')}`,
            ],
    },
    {
      type: 'NamespaceFinalizersRemaining',
      good: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
      bad:
        finalizers.size === 0
          ? undefined
          : [
              'SomeFinalizersRemain',
              `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in # resource instances')}`,
            ],
    },
  ];
}

/**
 * The conditions of a terminating namespace, or null when they stand already.
 *
 * @param now epoch ms
 */
export function planConditions(
  remains: Remains,
  present: readonly NamespaceCondition[],
  now: number,
): NamespaceCondition[] | null {
  const conditions = findings(remains).map(({ type, good, bad }) => {
    const [reason, message] = bad ?? good;
    const status = bad === undefined ? 'False' : 'True';
    const old = present.find((condition) => condition.type === type);
    if (old?.status === status && old.reason === reason && old.message === message) return old;
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(now);
    return { type, status, lastTransitionTime, reason, message };
  });
  return conditions.every((condition) => present.includes(condition)) ? null : conditions;
}
