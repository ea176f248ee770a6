import { type FieldError, invalid, Path } from '../../../objects/field-error.ts';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;

/** How much a pod may do, from everything to little. */
export type Level = (typeof LEVELS)[number];

/** A level as of a minor version of Kubernetes 1, or as of the newest. */
export interface LevelVersion {
  readonly level: Level;
  readonly version: number | 'latest';
}

/** What the labels of a namespace ask for. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

type Labels = Readonly<Record<string, string>> | undefined;

const PREFIX = 'pod-security.kubernetes.io/';
const LABELS_AT = Path.of('metadata', 'labels');
const VERSION = /^v1\.(0|[1-9][0-9]*)$/;
const OPEN: LevelVersion = { level: 'privileged', version: 'latest' };
const OPEN_POLICY: Policy = { enforce: OPEN, audit: OPEN, warn: OPEN };

/**
 * Reads the policy of a namespace from its labels, with complaints about bad ones. There is always
 * a policy: a bad level counts as restricted where it is enforced and as privileged elsewhere, a
 * bad version as the latest.
 */
export function policyOf(labels: Labels): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  if (!hasPolicy(labels)) return { policy: OPEN_POLICY, errors };
  const of = (mode: keyof Policy, bad: Level): LevelVersion => ({
    level: readLevel(labels, PREFIX + mode, bad, errors),
    version: readVersion(labels, `${PREFIX + mode}-version`, errors),
  });
  const policy: Policy = {
    enforce: of('enforce', 'restricted'),
    audit: of('audit', 'privileged'),
    warn: of('warn', 'privileged'),
  };
  return { policy, errors };
}

/** `restricted:v1.34`, as messages show it. */
export function policyText({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

/** Whether both ask for the same. */
export function isSamePolicy(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

/** Whether `a` allows less than `b`. */
export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b);
}

/** Most namespaces have none, and every pod that is written asks. */
function hasPolicy(labels: Labels): labels is NonNullable<Labels> {
  for (const key in labels) if (key.startsWith(PREFIX)) return true;
  return false;
}

function readLevel(
  labels: NonNullable<Labels>,
  key: string,
  bad: Level,
  errors: FieldError[],
): Level {
  const text = labels[key];
  if (text === undefined) return 'privileged';
  const level = LEVELS.find((candidate) => candidate === text);
  if (level !== undefined) return level;
  errors.push(invalid(LABELS_AT.key(key), text, `must be one of ${LEVELS.join(', ')}`));
  return bad;
}

function readVersion(
  labels: NonNullable<Labels>,
  key: string,
  errors: FieldError[],
): LevelVersion['version'] {
  const text = labels[key] ?? 'latest';
  if (text === 'latest') return text;
  const minor = Number(VERSION.exec(text)?.[1]);
  if (Number.isSafeInteger(minor)) return minor;
  errors.push(invalid(LABELS_AT.key(key), text, 'must be "latest" or "v1.x"'));
  return 'latest';
}
