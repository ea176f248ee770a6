import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/types.ts';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  Path,
  required,
} from '../field-error.ts';
import { dns1123Subdomain, LABEL_BYTES_MAX } from '../names.ts';
import { equalJson, validateImmutable } from './immutable.ts';
import { addInvalid, checkOneOf } from './pod/check.ts';
import { checkNoBacksteps } from './pod/check-path.ts';
import { resourceQuantity } from './pod/resource-list.ts';
import { specDiff } from './pod/spec-diff.ts';
import { validateNodeSelector } from './pod/validate-affinity.ts';
import { validateVolumeSource } from './pod/validate-volumes.ts';
import { ACCESS_MODES } from './volume-facts.ts';

const SPEC = Path.of('spec');
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const VOLUME_MODES = ['Block', 'Filesystem'];

/** The sources of a PersistentVolume in upstream's order, with the names its messages use. */
const SOURCES: readonly (readonly [field: keyof PersistentVolumeSpec & string, shown?: string])[] =
  [
    ['hostPath'],
    ['gcePersistentDisk', 'persistentDisk'],
    ['awsElasticBlockStore'],
    ['glusterfs'],
    ['flocker'],
    ['nfs'],
    ['rbd'],
    ['quobyte'],
    ['cephfs', 'cephFS'],
    ['iscsi'],
    ['cinder'],
    ['fc'],
    ['flexVolume'],
    ['azureFile'],
    ['vsphereVolume'],
    ['photonPersistentDisk'],
    ['portworxVolume'],
    ['azureDisk'],
    ['scaleIO'],
    ['local'],
    ['storageos'],
    ['csi'],
  ];

/** Everything about a PersistentVolume but its metadata. */
export function validateVolume({ spec }: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  checkAccessModes(spec.accessModes ?? [], errors);
  checkCapacity(spec.capacity ?? {}, errors);
  const { persistentVolumeReclaimPolicy: policy } = spec;
  if (policy) {
    checkOneOf(errors, SPEC, 'persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES);
  }
  const isPinned = spec.nodeAffinity !== undefined;
  if (spec.nodeAffinity !== undefined) checkNodeAffinity(spec, errors);
  checkSource(spec, isPinned, errors);
  const hostPath = spec.hostPath?.path;
  if (hostPath !== undefined && /^\/+$/.test(hostPath) && policy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbidden(SPEC.child('persistentVolumeReclaimPolicy'), detail));
  }
  const { storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec;
  if (storageClassName) {
    const at = SPEC.child('storageClassName');
    addInvalid(errors, at, storageClassName, dns1123Subdomain(storageClassName));
  }
  if (volumeMode !== undefined) checkOneOf(errors, SPEC, 'volumeMode', volumeMode, VOLUME_MODES);
  if (attributes !== undefined) checkAttributesClass(spec, attributes, errors);
  return errors;
}

function checkAccessModes(modes: readonly string[], errors: FieldError[]): void {
  const at = SPEC.child('accessModes');
  if (modes.length === 0) errors.push(required(at));
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(at, mode, ACCESS_MODES));
  }
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  if (others && modes.includes('ReadWriteOncePod')) {
    errors.push(forbidden(at, 'may not use ReadWriteOncePod with other access modes'));
  }
}

function checkCapacity(capacity: Readonly<Record<string, string>>, errors: FieldError[]): void {
  const at = SPEC.child('capacity');
  const amounts = Object.entries(capacity);
  if (amounts.length === 0) errors.push(required(at));
  if (capacity.storage === undefined || amounts.length > 1) {
    errors.push(notSupported(at, capacity, ['storage']));
  }
  for (const [name, amount] of amounts) {
    if ((resourceQuantity(amount)?.nanos ?? 0n) > 0n) continue;
    errors.push(invalid(at.key(name), amount, 'must be greater than zero'));
  }
}

function checkNodeAffinity({ nodeAffinity }: PersistentVolumeSpec, errors: FieldError[]): void {
  const at = SPEC.child('nodeAffinity').child('required');
  if (nodeAffinity?.required === undefined) {
    errors.push(required(at, 'must specify required node constraints'));
  } else {
    validateNodeSelector(nodeAffinity.required, at, errors);
  }
}

function checkSource(spec: PersistentVolumeSpec, isPinned: boolean, errors: FieldError[]): void {
  const present = SOURCES.filter(([field]) => spec[field] !== undefined);
  if (present.length === 0) errors.push(required(SPEC, 'must specify a volume type'));
  for (const [index, [field, shown = field]] of present.entries()) {
    const at = SPEC.child(shown);
    if (index > 0) errors.push(forbidden(at, 'may not specify more than 1 volume type'));
    else if (field === 'local') checkLocal(spec, isPinned, errors);
    else if (field === 'csi') checkDriver(spec, errors);
    else validateVolumeSource(field, spec[field], at, errors);
  }
}

function checkLocal({ local }: PersistentVolumeSpec, isPinned: boolean, errors: FieldError[]) {
  const at = SPEC.child('local').child('path');
  if (!local?.path) errors.push(required(at));
  else checkNoBacksteps(errors, at, local.path);
  if (isPinned) return;
  // Upstream still names the annotation that came before the field.
  const annotations = Path.of('metadata', 'annotations');
  errors.push(required(annotations, 'Local volume requires node affinity'));
}

function checkDriver({ csi }: PersistentVolumeSpec, errors: FieldError[]): void {
  const at = SPEC.child('csi');
  const { driver = '', volumeHandle } = csi ?? {};
  if (driver === '') errors.push(required(at.child('driver')));
  if (driver.length > LABEL_BYTES_MAX) {
    const detail = `must be no more than ${LABEL_BYTES_MAX} characters`;
    errors.push(invalid(at.child('driver'), driver, detail));
  }
  addInvalid(errors, at.child('driver'), driver, dns1123Subdomain(driver.toLowerCase()));
  if (!volumeHandle) errors.push(required(at.child('volumeHandle')));
}

function checkAttributesClass(spec: PersistentVolumeSpec, name: string, errors: FieldError[]) {
  const at = SPEC.child('volumeAttributesClassName');
  if (name === '') errors.push(required(at, 'an empty string is disallowed'));
  else addInvalid(errors, at, name, dns1123Subdomain(name));
  if (spec.csi !== undefined) return;
  const detail = 'has to be specified when using volumeAttributesClassName';
  errors.push(required(SPEC.child('csi'), detail));
}

function sourceOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  const present = SOURCES.filter(([field]) => spec[field] !== undefined);
  return Object.fromEntries(present.map(([field]) => [field, spec[field]]));
}

/** What an update of a PersistentVolume may not do. */
export function validateVolumeUpdate(
  { spec }: PersistentVolume,
  { spec: old }: PersistentVolume,
): FieldError[] {
  const errors: FieldError[] = [];
  const [source, oldSource] = [sourceOf(spec), sourceOf(old)];
  if (!equalJson(source, oldSource)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${specDiff(oldSource, source)}`;
    errors.push(forbidden('spec.persistentvolumesource', detail));
  }
  errors.push(...validateImmutable(Path.of('volumeMode'), spec.volumeMode, old.volumeMode));
  if (old.nodeAffinity !== undefined && !equalJson(spec.nodeAffinity, old.nodeAffinity)) {
    const detail = 'field is immutable, except for updating from beta label to GA';
    errors.push(invalid(Path.of('nodeAffinity'), spec.nodeAffinity ?? null, detail));
  }
  return errors;
}
