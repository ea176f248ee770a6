import type {
  Container,
  ContainerStatus,
  LinuxContainerUser,
  Pod,
  PodSpec,
  PodStatus,
} from '../../../generated/types.ts';
import { duplicate, type FieldError, forbidden, invalid } from '../../field-error.ts';
import { ipAddress, parseIp } from '../../ip.ts';
import { dns1123Subdomain, qualifiedName } from '../../names.ts';
import { Path } from '../../path.ts';
import { addInvalid, checkId, checkIds, checkOneOf } from './check.ts';
import { isSidecar } from './conditions.ts';
import { validateAnnotationUpdate } from './validate-annotations.ts';

const STATUS_AT = Path.of('status');
/** Where upstream's messages put conditions. */
const CONDITIONS_AT = Path.of('metadata', 'conditions');
const SYSTEM_CONDITIONS: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** Checks an update of a pod's status (upstream's ValidatePodStatusUpdate). */
export function validateStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  validateAnnotationUpdate(pod, old, errors);
  const { status = {}, spec } = pod;
  const before = old.status ?? {};
  for (const [index, { type = '' }] of (status.conditions ?? []).entries()) {
    if (SYSTEM_CONDITIONS.has(type)) continue;
    addInvalid(errors, CONDITIONS_AT.index(index).child('Type'), type, qualifiedName(type));
  }
  const { nominatedNodeName: nominated } = status;
  if (nominated && nominated !== before.nominatedNodeName) {
    const nominatedAt = STATUS_AT.child('nominatedNodeName');
    addInvalid(errors, nominatedAt, nominated, dns1123Subdomain(nominated));
  }
  if ((status.qosClass ?? '') !== (before.qosClass ?? '')) {
    const qosAt = STATUS_AT.child('qosClass');
    errors.push(invalid(qosAt, status.qosClass ?? '', 'field is immutable'));
  }
  checkNoneRevives(status, before, old.spec, errors);
  validateClaimStatuses(status, spec, errors);
  validateIps(status.podIPs, STATUS_AT.child('podIPs'), errors);
  validateHostIps(status, errors);
  validateUsers(status, spec, errors);
  validateHealth(status, spec, errors);
  return errors;
}

const STATUS_LISTS = [
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
] as const;

/** A container that ended and may not start again stays ended. */
function checkNoneRevives(
  status: PodStatus,
  before: PodStatus,
  spec: PodSpec,
  errors: FieldError[],
): void {
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  for (const field of STATUS_LISTS) {
    // The kubelet never starts an ephemeral container again.
    const isEphemeral = field === 'ephemeralContainerStatuses';
    const policy = isEphemeral ? 'Never' : spec.restartPolicy;
    if (policy === 'Always') continue;
    for (const [index, old] of (before[field] ?? []).entries()) {
      const { terminated } = old.state ?? {};
      if (terminated === undefined) continue;
      if (terminated.exitCode !== 0 && policy === 'OnFailure') continue;
      if (field === 'initContainerStatuses' && sidecars.has(old.name)) continue;
      const revived = (status[field] ?? []).some(
        (next) => next.name === old.name && next.state?.terminated === undefined,
      );
      if (!revived) continue;
      const stateAt = STATUS_AT.child(field).index(index).child('state');
      errors.push(forbidden(stateAt, 'may not be transitioned to non-terminated state'));
    }
  }
}

function validateClaimStatuses(status: PodStatus, spec: PodSpec, errors: FieldError[]): void {
  const seen = new Set<string>();
  const claims = spec.resourceClaims ?? [];
  for (const [index, claim] of (status.resourceClaimStatuses ?? []).entries()) {
    const nameAt = STATUS_AT.child('resourceClaimStatuses').index(index).child('name');
    if (!claims.some(({ name }) => name === claim.name)) {
      const detail = 'must match the name of an entry in `spec.resourceClaims`';
      errors.push(invalid(nameAt, claim.name, detail));
    }
    if (seen.has(claim.name)) errors.push(duplicate(nameAt, claim.name));
    seen.add(claim.name);
    const { resourceClaimName: name } = claim;
    if (name !== undefined) addInvalid(errors, nameAt, name, dns1123Subdomain(name));
  }
}

function validateIps(
  ips: readonly { readonly ip?: string }[] | undefined,
  at: Path,
  errors: FieldError[],
): void {
  if (!ips?.length) return;
  for (const [index, { ip = '' }] of ips.entries()) {
    addInvalid(errors, at.index(index), ip, ipAddress(ip));
  }
  if (ips.length === 1) return;
  const families = new Set(ips.map(({ ip = '' }) => parseIp(ip)?.family));
  if (families.size !== ips.length) {
    const detail = 'may specify no more than one IP for each IP family';
    errors.push(invalid(at, ips, detail));
  }
  for (const [index, { ip }] of ips.entries()) {
    const isDouble = ips.slice(0, index).some((other) => other.ip === ip);
    if (isDouble) errors.push(duplicate(at.index(index), { ip }));
  }
}

function validateHostIps({ hostIP, hostIPs }: PodStatus, errors: FieldError[]): void {
  if (!hostIPs?.length) return;
  const at = STATUS_AT.child('hostIPs');
  const first = hostIPs[0]!.ip ?? '';
  if ((hostIP ?? '') !== first) {
    errors.push(invalid(at.index(0).child('ip'), first, 'must be equal to `hostIP`'));
  }
  validateIps(hostIPs, at, errors);
}

function validateUsers(status: PodStatus, spec: PodSpec, errors: FieldError[]): void {
  const isWindows = spec.os?.name === 'windows';
  for (const field of STATUS_LISTS) {
    for (const [index, { user }] of (status[field] ?? []).entries()) {
      if (user?.linux === undefined) continue;
      const userAt = STATUS_AT.child(field).index(index).child('linux');
      if (isWindows) errors.push(forbidden(userAt, 'cannot be set for a windows pod'));
      else validateLinuxUser(user.linux, userAt, errors);
    }
  }
}

function validateLinuxUser(user: LinuxContainerUser, at: Path, errors: FieldError[]): void {
  checkId(errors, at, 'uid', user.uid);
  checkId(errors, at, 'gid', user.gid);
  checkIds(errors, at, 'supplementalGroups', user.supplementalGroups);
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown'];

function validateHealth(status: PodStatus, spec: PodSpec, errors: FieldError[]): void {
  for (const field of STATUS_LISTS) {
    const containers = field === 'initContainerStatuses' ? spec.initContainers : spec.containers;
    for (const [index, container] of (status[field] ?? []).entries()) {
      if (!container.allocatedResourcesStatus?.length) continue;
      const at = STATUS_AT.child(field).index(index).child('allocatedResourcesStatus');
      if (field === 'ephemeralContainerStatuses') {
        errors.push(forbidden(at, 'must not be specified in container status'));
        continue;
      }
      const of = containers?.find(({ name }) => name === container.name);
      validateContainerHealth(container, of, at, errors);
    }
  }
}

function validateContainerHealth(
  { allocatedResourcesStatus = [] }: ContainerStatus,
  container: Container | undefined,
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, { name = '', resources = [] }] of allocatedResourcesStatus.entries()) {
    const resourceAt = at.index(index);
    if (container !== undefined) checkAllocatedName(name, container, resourceAt, errors);
    const seen = new Set<string>();
    for (const [idIndex, { resourceID = '', health }] of resources.entries()) {
      const idAt = resourceAt.child('resources').index(idIndex);
      checkOneOf(errors, idAt, 'health', health, HEALTH);
      if (seen.has(resourceID)) errors.push(duplicate(idAt.child('resourceID'), resourceID));
      seen.add(resourceID);
    }
  }
}

function checkAllocatedName(
  name: string,
  { resources = {} }: Container,
  at: Path,
  errors: FieldError[],
): void {
  const isClaim = name.startsWith('claim:');
  const names = isClaim
    ? (resources.claims ?? []).map(
        (claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`,
      )
    : Object.keys(resources.requests ?? {});
  if (names.includes(name)) return;
  const detail = isClaim
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests";
  errors.push(invalid(at.child('name'), name, detail));
}
