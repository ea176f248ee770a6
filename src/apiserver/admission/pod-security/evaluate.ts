import * as baseline from './baseline-checks.ts';
import type { Check, PodShape, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import * as restricted from './restricted-checks.ts';

/** The newest minor version of Kubernetes 1 whose checks are known; later ones count as this. */
const MINOR_MAX = 34;

/** A check, and the minor versions of the policy that it belongs to. */
interface Rule {
  readonly level: 'baseline' | 'restricted';
  readonly since: number;
  /** The first version without it. */
  readonly until?: number;
  /** In the restricted policy a stricter check of the same matter replaces it from then on. */
  readonly replacedSince?: number;
  readonly check: Check;
}

/** In the order of upstream's names for them, which messages keep. */
const RULES: readonly Rule[] = [
  { level: 'baseline', since: 0, check: baseline.appArmorProfile },
  { level: 'baseline', since: 0, replacedSince: 22, check: baseline.baselineCapabilities },
  { level: 'baseline', since: 0, check: baseline.hostNamespaces },
  { level: 'baseline', since: 0, replacedSince: 0, check: baseline.hostPathVolumes },
  { level: 'baseline', since: 0, check: baseline.hostPorts },
  { level: 'baseline', since: 34, check: baseline.hostProbes },
  { level: 'baseline', since: 0, check: baseline.privileged },
  { level: 'baseline', since: 0, check: baseline.procMount },
  { level: 'baseline', since: 0, until: 31, check: baseline.seLinuxOptions0 },
  { level: 'baseline', since: 31, check: baseline.seLinuxOptions31 },
  { level: 'baseline', since: 0, until: 19, check: baseline.seccompAnnotations },
  { level: 'baseline', since: 19, replacedSince: 19, check: baseline.baselineSeccomp },
  { level: 'baseline', since: 0, until: 27, check: baseline.sysctls0 },
  { level: 'baseline', since: 27, until: 29, check: baseline.sysctls27 },
  { level: 'baseline', since: 29, until: 32, check: baseline.sysctls29 },
  { level: 'baseline', since: 32, check: baseline.sysctls32 },
  { level: 'baseline', since: 0, check: baseline.windowsHostProcess },
  ...forLinux(8, restricted.allowPrivilegeEscalation),
  ...forLinux(22, restricted.restrictedCapabilities),
  { level: 'restricted', since: 0, check: restricted.restrictedVolumes },
  { level: 'restricted', since: 0, check: restricted.runAsNonRoot },
  { level: 'restricted', since: 23, check: restricted.runAsUser },
  ...forLinux(19, restricted.restrictedSeccomp),
];

/** Since 1.25 a pod that says that it is for Windows need not set what Windows lacks. */
function forLinux(since: number, check: Check): Rule[] {
  return [
    { level: 'restricted', since, until: 25, check },
    { level: 'restricted', since: 25, check: restricted.unlessForWindows(check) },
  ];
}

/** What the policy has against a pod, in order; empty when it may run. Pure. */
export function evaluatePod({ level, version }: LevelVersion, pod: PodShape): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? MINOR_MAX : Math.min(version, MINOR_MAX);
  const isRestricted = level === 'restricted';
  const violations: Violation[] = [];
  for (const rule of RULES) {
    if (minor < rule.since || minor >= (rule.until ?? Infinity)) continue;
    if (isRestricted ? minor >= (rule.replacedSince ?? Infinity) : rule.level === 'restricted') {
      continue;
    }
    const violation = rule.check(pod);
    if (violation !== null) violations.push(violation);
  }
  return violations;
}

/** All that is wrong, each with the part it is about. */
export function detailsText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
}

/** All that is wrong, in short. */
export function reasonsText(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
