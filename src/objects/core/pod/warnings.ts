import type {
  ContainerPort,
  EnvVar,
  Pod,
  PodSpec,
  PodTemplateSpec,
} from '../../../generated/types.ts';
import { goQuote } from '../../go-quote.ts';
import { dns1123Label } from '../../names.ts';
import { Path } from '../../path.ts';
import { visitContainers } from './any-container.ts';

const SPEC = Path.of('spec');
const ANNOTATIONS = Path.of('metadata', 'annotations');

type Annotations = Readonly<Record<string, string>>;

/**
 * What is allowed in a new pod but is hardly meant, in upstream's texts
 * (pkg/api/pod/warnings.go). Upstream does not warn on updates of pods.
 */
export function podWarnings({ metadata, spec }: Pod): string[] {
  const { annotations = {} } = metadata;
  const warnings: string[] = [];
  const nameComplaints = dns1123Label(metadata.name ?? '');
  if (nameComplaints.length > 0) {
    warnings.push(
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; " +
        `a DNS label is recommended: [${nameComplaints.join(' ')}]`,
    );
  }
  warnings.push(...specWarnings(annotations, spec, SPEC, ANNOTATIONS));
  return warnings;
}

/** The same of a pod template, which stands `at` some place of another object. */
export function templateWarnings({ metadata, spec }: PodTemplateSpec, at: Path): string[] {
  if (spec === undefined) return [];
  const annotationsAt = at.child('metadata', 'annotations');
  return specWarnings(metadata?.annotations ?? {}, spec, at.child('spec'), annotationsAt);
}

function specWarnings(
  annotations: Annotations,
  spec: PodSpec,
  at: Path,
  annotationsAt: Path,
): string[] {
  const warnings = [...volumeWarnings(spec, at), ...listWarnings(spec, at)];
  visitContainers(spec, at, ({ env }, containerAt) => {
    warnings.push(...envWarnings(env ?? [], containerAt.child('env')));
  });
  warnings.push(...portWarnings(spec, at), ...annotationWarnings(annotations, spec, annotationsAt));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const graceAt = at.child('terminationGracePeriodSeconds');
    warnings.push(`${graceAt}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  return warnings;
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_WHY = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const APP_ARMOR_WHY = 'deprecated since v1.30; use the "appArmorProfile" field instead';

/** Annotations from before there were fields; kubelets look at fields alone. */
function annotationWarnings(annotations: Annotations, spec: PodSpec, at: Path): string[] {
  const warnings: string[] = [];
  const check = (key: string, why: string, isSet: boolean) => {
    if (annotations[key] === undefined || isSet) return;
    warnings.push(`${at.key(key)}: ${why}`);
  };
  check(SECCOMP_POD, SECCOMP_WHY, spec.securityContext?.seccompProfile !== undefined);
  visitContainers(spec, at, ({ name, securityContext }) => {
    check(SECCOMP_CONTAINER + name, SECCOMP_WHY, securityContext?.seccompProfile !== undefined);
    // Its field has been set from it by now.
    check(APP_ARMOR + name, APP_ARMOR_WHY, false);
  });
  return warnings;
}

function volumeWarnings(
  { volumes = [], topologySpreadConstraints = [] }: PodSpec,
  at: Path,
): string[] {
  const warnings: string[] = [];
  for (const [index, constraint] of topologySpreadConstraints.entries()) {
    if (constraint.labelSelector !== undefined) continue;
    const constraintAt = at.child('topologySpreadConstraints').index(index);
    const selectorAt = constraintAt.child('labelSelector');
    warnings.push(`${selectorAt}: a null labelSelector results in matching no pod`);
  }
  for (const [index, volume] of volumes.entries()) {
    if (volume.gitRepo === undefined) continue;
    warnings.push(`${at.child('volumes').index(index).child('gitRepo')}: deprecated in v1.11`);
  }
  return warnings;
}

function listWarnings({ hostAliases = [], imagePullSecrets = [] }: PodSpec, at: Path): string[] {
  const warnings: string[] = [];
  const warnOfDuplicates = (list: string, field: string, values: readonly string[]) => {
    for (const [index, value] of values.entries()) {
      if (values.indexOf(value) === index) continue;
      const valueAt = at.child(list).index(index).child(field);
      warnings.push(`${valueAt}: duplicate ${field} ${goQuote(value)}`);
    }
  };
  const names = imagePullSecrets.map(({ name = '' }) => name);
  warnOfDuplicates(
    'hostAliases',
    'ip',
    hostAliases.map(({ ip = '' }) => ip),
  );
  warnOfDuplicates('imagePullSecrets', 'name', names);
  for (const [index, name] of names.entries()) {
    if (name !== '') continue;
    const nameAt = at.child('imagePullSecrets').index(index).child('name');
    warnings.push(`${nameAt}: invalid empty name ""`);
  }
  return warnings;
}

/** A second value is fine only where it builds on the first: `$(NAME)more`. */
function envWarnings(env: readonly EnvVar[], at: Path): string[] {
  const seen = new Set<string>();
  const warnings: string[] = [];
  for (const [index, { name, value = '', valueFrom }] of env.entries()) {
    const reference = `$(${name})`;
    const buildsOn = valueFrom === undefined && value !== reference && value.includes(reference);
    if (seen.has(name) && !buildsOn) {
      const why = `hides previous definition of ${goQuote(name)}, which may be dropped when using apply`;
      warnings.push(`${at.index(index)}: ${why}`);
    }
    seen.add(name);
  }
  return warnings;
}

interface SeenPort {
  readonly port: ContainerPort;
  readonly at: Path;
}

/** Ports of all containers that are the same, or nearly. */
function portWarnings(spec: PodSpec, specAt: Path): string[] {
  const seen = new Map<string, SeenPort[]>();
  const warnings: string[] = [];
  visitContainers(spec, specAt, ({ ports = [] }, container) => {
    for (const [index, port] of ports.entries()) {
      const at = container.child('ports').index(index);
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const how = resemblance(port, other.port);
        if (how !== null) warnings.push(`${at}: ${how} port definition with ${other.at}`);
      }
      seen.set(key, [...others, { port, at }]);
    }
  });
  return warnings;
}

function resemblance(a: ContainerPort, b: ContainerPort): string | null {
  const [portA, portB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (ipA === ipB && portA === portB) return 'duplicate';
  if (portA === 0 || portB === 0) return 'overlapping';
  // One of them means every address of the node.
  return portA === portB && (ipA === '' || ipB === '') ? 'dangerously ambiguous' : null;
}
