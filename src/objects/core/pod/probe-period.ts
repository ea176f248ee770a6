import type { Container, Pod, PodSpec } from '../../../generated/types.ts';
import { type FieldError, invalid } from '../../field-error.ts';
import { parseDuration } from '../../parse-duration.ts';
import type { Path } from '../../path.ts';
import { isSidecar } from './conditions.ts';

const TYPES = ['startup', 'readiness', 'liveness'] as const;
/** More often than 20 times a second nobody learns anything new. */
const MS_MIN = 50;
const MS_MAX = 3_600_000;
const LIMIT = 'must be a duration from 50ms to 1h, such as "200ms"';

type ProbeType = (typeof TYPES)[number];

function annotationOf(type: ProbeType): string {
  return `proa.dev/${type}-probe-period`;
}

/**
 * The period that a pod's annotation asks for (an opt-in of Proa), in ms: `200ms` for the probes
 * of all containers, `web=200ms,side=1s` for those named. Undefined where periodSeconds counts.
 */
export function probePeriodMs(pod: Pod, container: string, type: ProbeType): number | undefined {
  const text = pod.metadata.annotations?.[annotationOf(type)];
  if (text === undefined) return undefined;
  const periods = parsePeriods(text);
  const asked = periods.find(({ name }) => name === container) ?? periods.find(isForAll);
  return asked !== undefined && isPeriod(asked.ms) ? asked.ms : undefined;
}

/** Complains about periods that cannot be, or of probes that are not there. */
export function validateProbePeriods(
  annotations: Readonly<Record<string, string>>,
  spec: PodSpec,
  at: Path,
  errors: FieldError[],
): void {
  for (const type of TYPES) {
    const annotation = annotationOf(type);
    const text = annotations[annotation];
    if (text === undefined) continue;
    const complain = (detail: string) => errors.push(invalid(at.key(annotation), text, detail));
    const probed = probedContainers(spec, type);
    const seen = new Set<string>();
    for (const { name, ms } of parsePeriods(text)) {
      if (!isPeriod(ms)) complain(LIMIT);
      if (seen.has(name)) complain(`must name ${name || 'all containers'} once`);
      seen.add(name);
      if (name === '' && probed.length === 0) complain(`no container has a ${type}Probe`);
      if (name === '' || probed.some((container) => container.name === name)) continue;
      complain(`container "${name}" must be one that has a ${type}Probe`);
    }
  }
}

interface Period {
  /** '' for all containers. */
  readonly name: string;
  readonly ms: number | null;
}

function parsePeriods(text: string): Period[] {
  return text.split(',').map((part) => {
    const [first = '', second] = part.split('=').map((word) => word.trim());
    return second === undefined
      ? { name: '', ms: parseDuration(first) }
      : { name: first, ms: parseDuration(second) };
  });
}

function isForAll({ name }: Period): boolean {
  return name === '';
}

function isPeriod(ms: number | null): ms is number {
  return ms !== null && ms >= MS_MIN && ms <= MS_MAX;
}

function probedContainers(spec: PodSpec, type: ProbeType): readonly Container[] {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  return [...sidecars, ...spec.containers].filter((container) => container[`${type}Probe`]);
}
