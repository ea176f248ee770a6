import type { Pod, PodSpec } from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../field-error.ts';
import { validateLabels } from '../../labels.ts';
import { dns1123Label, dns1123Subdomain, rangeMessage } from '../../names.ts';
import { Path } from '../../path.ts';
import { addInvalidIn, checkPolicy } from './check.ts';
import { validateAffinity } from './validate-affinity.ts';
import { validateAnnotations, validateProfilesAgree } from './validate-annotations.ts';
import {
  type ContainerSurroundings,
  validateContainers,
  validateEphemeralContainers,
  validateImages,
  validateInitContainers,
} from './validate-containers.ts';
import { validateDnsConfig, validateHostAliases } from './validate-dns.ts';
import { checkHostNetworkPorts } from './validate-ports.ts';
import { validateOverhead, validatePodResources } from './validate-resources.ts';
import {
  validateReadinessGates,
  validateResourceClaims,
  validateSchedulingGates,
  validateSpreadConstraints,
  validateTolerations,
} from './validate-scheduling.ts';
import { validateHostUsers, validatePodSecurityContext } from './validate-security.ts';
import { validateVolumes } from './validate-volumes.ts';
import { validateForLinux, validateForWindows, validateHostProcesses } from './validate-windows.ts';

/** Where a pod's spec stands. */
export const SPEC_AT = Path.of('spec');

/** Checks a pod (with defaults), new or in place of `old`, but its general metadata. */
export function validatePod(pod: Pod, old?: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = pod;
  validateAnnotations(pod.metadata.annotations, spec, errors);
  if (spec === old?.spec) return errors;
  validatePodSpec(spec, SPEC_AT, errors, pod.metadata.name ?? '');
  if (!spec.serviceAccountName) checkNoTokens(spec, SPEC_AT, errors);
  validateImages(spec.containers, SPEC_AT.child('containers'), errors);
  validateImages(spec.initContainers, SPEC_AT.child('initContainers'), errors);
  return errors;
}

/** Checks what holds for a new pod only. */
export function validateNewPod(pod: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = pod;
  if (spec.ephemeralContainers?.length) {
    errors.push(forbidden(SPEC_AT.child('ephemeralContainers'), 'cannot be set on create'));
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = 'cannot be set until all schedulingGates have been cleared';
    errors.push(forbidden(SPEC_AT.child('nodeName'), detail));
  }
  validateProfilesAgree(pod.metadata.annotations, spec, SPEC_AT, errors);
  return errors;
}

function checkNoTokens(spec: PodSpec, at: Path, errors: FieldError[]): void {
  for (const [index, { projected }] of (spec.volumes ?? []).entries()) {
    for (const [sourceIndex, source] of (projected?.sources ?? []).entries()) {
      if (!source.serviceAccountToken) continue;
      const sourceAt = at.child('volumes').index(index).child('projected', 'sources');
      const detail = 'must not be specified when serviceAccountName is not set';
      errors.push(forbidden(sourceAt.index(sourceIndex).child('serviceAccountToken'), detail));
    }
  }
}

/**
 * Checks the spec of a pod or of a pod template, in upstream's order.
 *
 * @param podName for the names of claims that the pod makes; empty for a template
 */
export function validatePodSpec(
  spec: PodSpec,
  at: Path,
  errors: FieldError[],
  podName: string,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) {
    errors.push(required(at.child('terminationGracePeriodSeconds')));
  }
  const claims = spec.resourceClaims ?? [];
  const surroundings: ContainerSurroundings = {
    spec,
    volumes: spec.volumes?.length
      ? validateVolumes(spec.volumes, at.child('volumes'), errors, podName)
      : new Map(),
    claimNames: new Set(claims.map(({ name }) => name).filter(Boolean)),
  };
  if (claims.length > 0) validateResourceClaims(claims, at.child('resourceClaims'), errors);
  validateContainers(surroundings, at.child('containers'), errors);
  if (spec.initContainers?.length) {
    validateInitContainers(surroundings, at.child('initContainers'), errors);
  }
  if (spec.ephemeralContainers?.length) {
    validateEphemeralContainers(surroundings, at.child('ephemeralContainers'), errors);
  }
  if (spec.resources) validatePodResources(spec, spec.resources, at.child('resources'), errors);
  checkHostNetworkPorts(spec, at, errors);
  validateLife(spec, at, errors);
  validatePlacement(spec, at, errors);
  validateHostProcesses(spec, at, errors);
  validateHostUsers(spec, at, errors);
  validateNames(spec, at, errors);
  if (spec.overhead) validateOverhead(spec.overhead, at.child('overhead'), errors);
  if (spec.os) validateOs(spec, spec.os.name ?? '', at, errors);
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

function validateLife(spec: PodSpec, at: Path, errors: FieldError[]): void {
  checkPolicy(errors, at, 'restartPolicy', spec.restartPolicy, RESTART_POLICIES);
  checkPolicy(errors, at, 'dnsPolicy', spec.dnsPolicy, DNS_POLICIES);
  if (spec.nodeSelector) {
    errors.push(...validateLabels(spec.nodeSelector, at.child('nodeSelector')));
  }
  if (spec.securityContext) {
    const contextAt = at.child('securityContext');
    validatePodSecurityContext(spec.securityContext, spec, contextAt, errors);
  }
  for (const [index, secret] of (spec.imagePullSecrets ?? []).entries()) {
    if (Object.keys(secret).every((field) => field === 'name')) continue;
    const secretAt = at.child('imagePullSecrets').index(index);
    errors.push(invalid(secretAt, secret, 'only name may be set'));
  }
}

function validatePlacement(spec: PodSpec, at: Path, errors: FieldError[]): void {
  if (spec.affinity) validateAffinity(spec.affinity, at.child('affinity'), errors);
  if (spec.dnsConfig || spec.dnsPolicy === 'None') {
    validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, at.child('dnsConfig'), errors);
  }
  if (spec.readinessGates) {
    validateReadinessGates(spec.readinessGates, at.child('readinessGates'), errors);
  }
  if (spec.schedulingGates) {
    validateSchedulingGates(spec.schedulingGates, at.child('schedulingGates'), errors);
  }
  if (spec.topologySpreadConstraints) {
    const spreadAt = at.child('topologySpreadConstraints');
    validateSpreadConstraints(spec.topologySpreadConstraints, spreadAt, errors);
  }
}

const INT32_MAX = 2 ** 31 - 1;

function validateNames(spec: PodSpec, at: Path, errors: FieldError[]): void {
  checkName(errors, at, 'serviceAccountName', spec.serviceAccountName, dns1123Subdomain);
  checkName(errors, at, 'nodeName', spec.nodeName, dns1123Subdomain);
  const seconds = spec.activeDeadlineSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > INT32_MAX)) {
    const detail = rangeMessage(1, INT32_MAX);
    errors.push(invalid(at.child('activeDeadlineSeconds'), seconds, detail));
  }
  checkName(errors, at, 'hostname', spec.hostname, dns1123Label);
  checkName(errors, at, 'subdomain', spec.subdomain, dns1123Label);
  if (spec.tolerations) validateTolerations(spec.tolerations, at.child('tolerations'), errors);
  if (spec.hostAliases) validateHostAliases(spec.hostAliases, at.child('hostAliases'), errors);
  checkName(errors, at, 'priorityClassName', spec.priorityClassName, dns1123Subdomain);
  const { runtimeClassName } = spec;
  if (runtimeClassName !== undefined) {
    const messages = dns1123Subdomain(runtimeClassName);
    addInvalidIn(errors, at, 'runtimeClassName', runtimeClassName, messages);
  }
  if (spec.preemptionPolicy !== undefined) {
    const supported = ['PreemptLowerPriority', 'Never'];
    checkPolicy(errors, at, 'preemptionPolicy', spec.preemptionPolicy, supported);
  }
}

function checkName(
  errors: FieldError[],
  at: Path,
  field: string,
  name: string | undefined,
  check: (name: string) => string[],
): void {
  if (name) addInvalidIn(errors, at, field, name, check(name));
}

function validateOs(spec: PodSpec, name: string, at: Path, errors: FieldError[]): void {
  if (name === '') errors.push(required(at.child('os', 'name'), 'cannot be empty'));
  else if (name === 'linux') validateForLinux(spec, at, errors);
  else if (name === 'windows') validateForWindows(spec, at, errors);
  else errors.push(notSupported(at.child('os'), name, ['linux', 'windows']));
}
