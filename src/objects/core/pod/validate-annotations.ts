import type { AppArmorProfile, Pod, PodSpec, SeccompProfile } from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid } from '../../field-error.ts';
import { goQuote } from '../../go-quote.ts';
import { Path } from '../../path.ts';
import { visitContainers } from './any-container.ts';
import { checkRelativePath } from './check-path.ts';
import { validateProbePeriods } from './probe-period.ts';
import { validateRestartBackOff } from './restart-back-off.ts';
import { validateAppArmor } from './validate-security.ts';

/** Marks the pod in the API that stands for a static pod of its node. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';

const AT = Path.of('metadata', 'annotations');

type Annotations = Readonly<Record<string, string>>;

/**
 * Checks the annotations that mean something in a pod.
 *
 * @param at where they stand, in a pod or in a pod template
 */
export function validateAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  errors: FieldError[],
  at = AT,
): void {
  if (annotations === undefined) return;
  const mirror = annotations[MIRROR_ANNOTATION];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalid(at.key(MIRROR_ANNOTATION), mirror, detail));
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalid(at.key(DELETION_COST), cost, 'must be a 32bit integer'));
  }
  validateRestartBackOff(annotations, at, errors);
  validateProbePeriods(annotations, spec, at, errors);
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) {
      checkSeccompValue(value, at.child(key), errors);
    } else if (key.startsWith(APP_ARMOR)) {
      checkAppArmorValue(key.slice(APP_ARMOR.length), value, spec, at.key(key), errors);
    }
  }
}

function isInt32(text: string): boolean {
  if (!/^(?:[+-]?[1-9][0-9]{0,9}|0)$/.test(text)) return false;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31 && !text.startsWith('+');
}

const SECCOMP_VALUES = ['runtime/default', 'docker/default', 'unconfined'];

function checkSeccompValue(value: string, at: Path, errors: FieldError[]): void {
  if (SECCOMP_VALUES.includes(value)) return;
  if (value.startsWith('localhost/')) {
    checkRelativePath(errors, at, value.slice('localhost/'.length));
  } else {
    errors.push(invalid(at, value, 'must be a valid seccomp profile'));
  }
}

function checkAppArmorValue(
  name: string,
  value: string,
  spec: PodSpec,
  at: Path,
  errors: FieldError[],
): void {
  let found = false;
  visitContainers(spec, at, (container) => {
    if (container.name === name) found = true;
  });
  if (!found) errors.push(invalid(at, name, 'container not found'));
  const isGood = value === '' || value === 'runtime/default' || value === 'unconfined';
  if (isGood || value.startsWith('localhost/')) return;
  const detail = `invalid AppArmor profile name: ${goQuote(value)}`;
  errors.push(invalid(at, value, detail));
}

/** Checks that an update leaves alone the annotations that are fixed at creation. */
export function validateAnnotationUpdate(pod: Pod, old: Pod, errors: FieldError[]): void {
  const annotations: Annotations = pod.metadata.annotations ?? {};
  const before: Annotations = old.metadata.annotations ?? {};
  for (const [key, value] of Object.entries(before)) {
    if (annotations[key] === value) continue;
    if (key.startsWith(APP_ARMOR)) {
      errors.push(forbidden(AT.key(key), 'may not remove or update AppArmor annotations'));
    }
    if (key === MIRROR_ANNOTATION) {
      errors.push(forbidden(AT.key(key), 'may not remove or update mirror pod annotation'));
    }
  }
  for (const key of Object.keys(annotations)) {
    if (key in before) continue;
    if (key.startsWith(APP_ARMOR)) {
      errors.push(forbidden(AT.key(key), 'may not add AppArmor annotations'));
    }
    if (key === MIRROR_ANNOTATION) {
      errors.push(forbidden(AT.key(key), 'may not add mirror pod annotation'));
    }
  }
}

/** Whether some annotation is about seccomp or AppArmor, as old clients write. */
function hasProfiles(annotations: Annotations): boolean {
  for (const key in annotations) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER) || key.startsWith(APP_ARMOR)) {
      return true;
    }
  }
  return false;
}

/** What an old annotation says of a profile; undefined when it says nothing sensible. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith('localhost/')) return undefined;
  const profile = { type: 'Localhost', localhostProfile: annotation.slice('localhost/'.length) };
  const errors: FieldError[] = [];
  validateAppArmor(profile, AT, errors);
  return errors.length === 0 ? profile : undefined;
}

/** Copies AppArmor profiles from the annotations of old clients into the containers' fields. */
export function copyAppArmorAnnotations(pod: Pod): void {
  const { annotations } = pod.metadata;
  if (annotations === undefined || !hasProfiles(annotations)) return;
  if (pod.spec.os?.name === 'windows') return;
  const ofPod = pod.spec.securityContext?.appArmorProfile;
  visitContainers(pod.spec, AT, (container) => {
    const annotation = annotations[APP_ARMOR + container.name];
    if (annotation === undefined || container.securityContext?.appArmorProfile) return;
    const profile = profileOf(annotation);
    if (profile === undefined || isSameProfile(profile, ofPod)) return;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  });
}

function isSameProfile(a: AppArmorProfile, b: AppArmorProfile | undefined): boolean {
  return a.type === b?.type && a.localhostProfile === b?.localhostProfile;
}

/** Checks that a new pod's annotations for seccomp and AppArmor agree with its fields. */
export function validateProfilesAgree(
  annotations: Annotations | undefined,
  spec: PodSpec,
  at: Path,
  errors: FieldError[],
): void {
  if (annotations === undefined || !hasProfiles(annotations)) return;
  const seccomp = spec.securityContext?.seccompProfile;
  const profileAt = (of: Path, field: string) => of.child('securityContext', field);
  if (seccomp && annotations[SECCOMP_POD] !== undefined) {
    checkAgree(
      annotations[SECCOMP_POD],
      seccomp,
      profileAt(at, 'seccompProfile'),
      'seccomp',
      errors,
    );
  }
  visitContainers(spec, at, ({ name, securityContext }, containerAt) => {
    const own = securityContext?.seccompProfile;
    const annotation = annotations[SECCOMP_CONTAINER + name];
    if (!own || annotation === undefined) return;
    checkAgree(annotation, own, profileAt(containerAt, 'seccompProfile'), 'seccomp', errors);
  });
  if (spec.os?.name === 'windows') return;
  visitContainers(spec, at, ({ name, securityContext }, containerAt) => {
    const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    const annotation = annotations[APP_ARMOR + name];
    if (!profile || annotation === undefined) return;
    checkAgree(annotation, profile, profileAt(containerAt, 'appArmorProfile'), 'apparmor', errors);
  });
}

function checkAgree(
  annotation: string,
  { type, localhostProfile }: SeccompProfile | AppArmorProfile,
  at: Path,
  what: 'seccomp' | 'apparmor',
  errors: FieldError[],
): void {
  const isLocalhost = annotation.startsWith('localhost/');
  const agrees =
    (type === 'Unconfined' && annotation === 'unconfined') ||
    (type === 'RuntimeDefault' && annotation === 'runtime/default') ||
    (type === 'RuntimeDefault' && what === 'seccomp' && annotation === 'docker/default') ||
    (type === 'Localhost' && isLocalhost);
  if (!agrees) {
    const detail = `${what} type in annotation and field must match`;
    errors.push(forbidden(at.child('type'), detail));
  } else if (isLocalhost && annotation.slice('localhost/'.length) !== localhostProfile) {
    const detail = `${what} profile in annotation and field must match`;
    errors.push(forbidden(at.child('localhostProfile'), detail));
  }
}
