import type { Pod } from '../../../generated/types.ts';
import { type FieldError, invalid } from '../../field-error.ts';
import { parseDuration } from '../../parse-duration.ts';
import type { Path } from '../../path.ts';

/** How long the restarts of a pod's containers are delayed, in milliseconds. */
export interface RestartBackOff {
  /** Before the second restart; the first is immediate, each later delay twice as long. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** An end that comes so long after the last restart starts anew. */
  readonly resetMs: number;
}

/** Upstream's. */
export const DEFAULT_RESTART_BACK_OFF: RestartBackOff = {
  initialMs: 10_000,
  maxMs: 300_000,
  resetMs: 600_000,
};

const ANNOTATIONS: Readonly<Record<keyof RestartBackOff, string>> = {
  initialMs: 'proa.dev/restart-backoff-initial',
  maxMs: 'proa.dev/restart-backoff-max',
  resetMs: 'proa.dev/restart-backoff-reset-after',
};
const MS_MIN = 100;
const MS_MAX = 3_600_000;
const LIMIT = 'must be a duration from 100ms to 1h, such as "2s"';

type Annotations = Readonly<Record<string, string>>;

/**
 * The back-off that a pod's annotations ask for (an opt-in of Proa), upstream's where they do not.
 * Values that the API would not have taken count for nothing.
 */
export function restartBackOff(pod: Pod): RestartBackOff {
  const { annotations } = pod.metadata;
  if (annotations === undefined) return DEFAULT_RESTART_BACK_OFF;
  const { initialMs, maxMs, resetMs } = DEFAULT_RESTART_BACK_OFF;
  const asked = {
    initialMs: read(annotations, 'initialMs') ?? initialMs,
    maxMs: read(annotations, 'maxMs') ?? maxMs,
    resetMs: read(annotations, 'resetMs') ?? resetMs,
  };
  return { ...asked, initialMs: Math.min(asked.initialMs, asked.maxMs) };
}

/** Complains about a back-off that cannot be. */
export function validateRestartBackOff(
  annotations: Annotations,
  at: Path,
  errors: FieldError[],
): void {
  for (const field of ['initialMs', 'maxMs', 'resetMs'] as const) {
    const value = annotations[ANNOTATIONS[field]];
    if (value === undefined || read(annotations, field) !== null) continue;
    errors.push(invalid(at.key(ANNOTATIONS[field]), value, LIMIT));
  }
  const initialMs = read(annotations, 'initialMs');
  const maxMs = read(annotations, 'maxMs') ?? DEFAULT_RESTART_BACK_OFF.maxMs;
  if (initialMs !== null && initialMs > maxMs) {
    const detail = `must not be longer than ${ANNOTATIONS.maxMs} (5m without it)`;
    const value = annotations[ANNOTATIONS.initialMs];
    errors.push(invalid(at.key(ANNOTATIONS.initialMs), value, detail));
  }
}

/** Null where it is missing or bad. */
function read(annotations: Annotations, field: keyof RestartBackOff): number | null {
  const ms = parseDuration(annotations[ANNOTATIONS[field]] ?? '');
  return ms === null || ms < MS_MIN || ms > MS_MAX ? null : ms;
}
