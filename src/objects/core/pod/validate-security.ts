import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../field-error.ts';
import type { Path } from '../../path.ts';
import { checkId, checkIds, checkOneOf } from './check.ts';
import { checkRelativePath } from './check-path.ts';
import { sysctlNamespace } from './sysctl-name.ts';
import { validateWindowsOptions } from './validate-windows.ts';

/** In upstream's order, which messages keep. */
const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: SeccompProfile, at: Path, errors: FieldError[]): void {
  const { type = '', localhostProfile } = profile;
  if (type === '') {
    errors.push(required(at.child('type'), 'type is required when seccompProfile is set'));
  } else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(at.child('type'), type, PROFILE_TYPES));
  }
  const fileAt = at.child('localhostProfile');
  if (type !== 'Localhost') {
    if (localhostProfile === undefined) return;
    errors.push(invalid(fileAt, profile, 'can only be set when seccomp type is Localhost'));
  } else if (localhostProfile === undefined) {
    errors.push(required(fileAt, 'must be set when seccomp type is Localhost'));
  } else {
    checkRelativePath(errors, fileAt, localhostProfile);
  }
}

const APP_ARMOR_NAME_BYTES_MAX = 4095;

/** Checks an AppArmor profile. */
export function validateAppArmor(profile: AppArmorProfile, at: Path, errors: FieldError[]): void {
  const { type = '', localhostProfile: name } = profile;
  const nameAt = at.child('localhostProfile');
  if (type === 'Localhost') {
    const detail = 'must be set when AppArmor type is Localhost';
    if (name === undefined) errors.push(required(nameAt, detail));
    else if (name.trim() !== name) {
      errors.push(invalid(nameAt, name, 'must not be padded with whitespace'));
    } else if (name === '') errors.push(required(nameAt, detail));
    if (name !== undefined && name.length > APP_ARMOR_NAME_BYTES_MAX) {
      errors.push(tooLong(nameAt, APP_ARMOR_NAME_BYTES_MAX));
    }
  } else if (type === '') {
    errors.push(required(at.child('type'), 'type is required when appArmorProfile is set'));
  } else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(at.child('type'), type, PROFILE_TYPES));
  } else if (name !== undefined) {
    errors.push(invalid(nameAt, name, 'can only be set when AppArmor type is Localhost'));
  }
}

/**
 * Checks a container's securityContext.
 *
 * @param hostUsers whether the pod shares the node's user namespace
 */
export function validateSecurityContext(
  context: SecurityContext,
  at: Path,
  errors: FieldError[],
  hostUsers: boolean,
): void {
  checkId(errors, at, 'runAsUser', context.runAsUser);
  checkId(errors, at, 'runAsGroup', context.runAsGroup);
  const { procMount } = context;
  if (procMount !== undefined) {
    checkOneOf(errors, at, 'procMount', procMount, ['Default', 'Unmasked']);
    if (hostUsers && procMount === 'Unmasked') {
      const detail = '`hostUsers` must be false to use `Unmasked`';
      errors.push(invalid(at.child('procMount'), procMount, detail));
    }
  }
  if (context.seccompProfile) {
    validateSeccomp(context.seccompProfile, at.child('seccompProfile'), errors);
  }
  if (context.allowPrivilegeEscalation === false) checkNoEscalation(context, at, errors);
  if (context.windowsOptions) {
    validateWindowsOptions(context.windowsOptions, at.child('windowsOptions'), errors);
  }
  if (context.appArmorProfile) {
    validateAppArmor(context.appArmorProfile, at.child('appArmorProfile'), errors);
  }
}

function checkNoEscalation(context: SecurityContext, at: Path, errors: FieldError[]): void {
  const start = 'cannot set `allowPrivilegeEscalation` to false and';
  if (context.privileged) errors.push(invalid(at, context, `${start} \`privileged\` to true`));
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'CAP_SYS_ADMIN') continue;
    errors.push(invalid(at, context, `${start} \`capabilities.Add\` CAP_SYS_ADMIN`));
  }
}

/** Checks a pod's securityContext. */
export function validatePodSecurityContext(
  context: PodSecurityContext,
  spec: PodSpec,
  at: Path,
  errors: FieldError[],
): void {
  checkId(errors, at, 'fsGroup', context.fsGroup);
  checkId(errors, at, 'runAsUser', context.runAsUser);
  checkId(errors, at, 'runAsGroup', context.runAsGroup);
  checkIds(errors, at, 'supplementalGroups', context.supplementalGroups);
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(at.child('shareProcessNamespace'), true, detail));
  }
  if (context.sysctls?.length) validateSysctls(context, spec, at.child('sysctls'), errors);
  if (context.fsGroupChangePolicy !== undefined) {
    checkOneOf(errors, at, 'fsGroupChangePolicy', context.fsGroupChangePolicy, [
      'Always',
      'OnRootMismatch',
    ]);
  }
  if (context.seccompProfile) {
    validateSeccomp(context.seccompProfile, at.child('seccompProfile'), errors);
  }
  if (context.windowsOptions) {
    validateWindowsOptions(context.windowsOptions, at.child('windowsOptions'), errors);
  }
  if (context.appArmorProfile) {
    validateAppArmor(context.appArmorProfile, at.child('appArmorProfile'), errors);
  }
  if (context.supplementalGroupsPolicy !== undefined) {
    checkOneOf(errors, at, 'supplementalGroupsPolicy', context.supplementalGroupsPolicy, [
      'Merge',
      'Strict',
    ]);
  }
  if (context.seLinuxChangePolicy !== undefined) {
    // MountOption belongs to a feature that v1.34 leaves off.
    checkOneOf(errors, at, 'seLinuxChangePolicy', context.seLinuxChangePolicy, ['Recursive']);
  }
}

const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL_FORMAT = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL = new RegExp(SYSCTL_FORMAT);
const SYSCTL_LENGTH_MAX = 253;

function validateSysctls(
  { sysctls = [] }: PodSecurityContext,
  spec: PodSpec,
  at: Path,
  errors: FieldError[],
): void {
  const names = new Set<string>();
  for (const [index, { name = '' }] of sysctls.entries()) {
    const nameAt = at.index(index).child('name');
    if (name === '') errors.push(required(nameAt));
    else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL.test(name)) {
      const detail = `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_FORMAT}`;
      errors.push(invalid(nameAt, name, detail));
    } else if (names.has(name)) {
      errors.push(duplicate(nameAt, name));
    }
    const namespace = sysctlNamespace(name);
    if (spec.hostNetwork && namespace === 'net') {
      errors.push(invalid(nameAt, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && namespace === 'ipc') {
      errors.push(invalid(nameAt, name, "may not be specified when 'hostIPC' is true"));
    }
    names.add(name);
  }
}

/** Checks that a pod with its own user namespace shares no other namespace with the host. */
export function validateHostUsers(spec: PodSpec, at: Path, errors: FieldError[]): void {
  if (spec.hostUsers !== false) return;
  const detail = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork) errors.push(forbidden(at.child('hostNetwork'), detail));
  if (spec.hostPID) errors.push(forbidden(at.child('HostPID'), detail));
  if (spec.hostIPC) errors.push(forbidden(at.child('HostIPC'), detail));
}
