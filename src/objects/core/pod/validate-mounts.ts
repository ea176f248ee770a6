import type {
  SecurityContext,
  Volume,
  VolumeDevice,
  VolumeMount,
} from '../../../generated/types.ts';
import {
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from '../../field-error.ts';
import type { Path } from '../../path.ts';
import { checkRelativePath, hasBacksteps } from './check-path.ts';

interface Mounting {
  readonly volumeMounts?: readonly VolumeMount[];
  readonly volumeDevices?: readonly VolumeDevice[];
  readonly securityContext?: SecurityContext;
}

/** Checks a container's `volumeMounts` and `volumeDevices` against the pod's good volumes. */
export function validateMounts(
  container: Mounting,
  at: Path,
  errors: FieldError[],
  volumes: ReadonlyMap<string, Volume>,
): void {
  const { volumeMounts: mounts = [], volumeDevices: devices = [] } = container;
  const mountsAt = at.child('volumeMounts');
  const paths = new Set<string>();
  for (const [index, mount] of mounts.entries()) {
    const mountAt = mountsAt.index(index);
    const { name = '', mountPath = '' } = mount;
    if (name === '') errors.push(required(mountAt.child('name')));
    if (!volumes.has(name)) errors.push(notFound(mountAt.child('name'), name));
    if (mountPath === '') errors.push(required(mountAt.child('mountPath')));
    if (paths.has(mountPath)) {
      errors.push(invalid(mountAt.child('mountPath'), mountPath, 'must be unique'));
    }
    paths.add(mountPath);
    if (devices.some((device) => device.name === name)) {
      errors.push(invalid(mountAt.child('name'), name, 'must not already exist in volumeDevices'));
    }
    if (devices.some((device) => device.devicePath === mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices';
      errors.push(invalid(mountAt.child('mountPath'), mountPath, detail));
    }
    const ofImage = volumes.get(name)?.image !== undefined;
    // Upstream leaves the index out of these fields' paths.
    validateSubPaths(mount, mountAt, mountsAt, errors, ofImage);
    validatePropagation(mount, mountsAt, errors, container.securityContext?.privileged === true);
    validateRecursiveReadOnly(mount, mountsAt, errors);
  }
  if (devices.length > 0) validateDevices(devices, mounts, at, errors, volumes);
}

function validateSubPaths(
  { subPath, subPathExpr }: VolumeMount,
  mountAt: Path,
  mountsAt: Path,
  errors: FieldError[],
  ofImage: boolean,
): void {
  const detail = 'not allowed in image volume sources';
  if (ofImage && subPath) errors.push(invalid(mountAt.child('subPath'), subPath, detail));
  if (ofImage && subPathExpr) {
    errors.push(invalid(mountAt.child('subPathExpr'), subPathExpr, detail));
  }
  if (subPath) checkRelativePath(errors, mountsAt.child('subPath'), subPath);
  if (!subPathExpr) return;
  if (subPath) {
    const both = 'subPathExpr and subPath are mutually exclusive';
    errors.push(invalid(mountAt.child('subPathExpr'), subPathExpr, both));
  }
  checkRelativePath(errors, mountsAt.child('subPathExpr'), subPathExpr);
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

function validatePropagation(
  { mountPropagation }: VolumeMount,
  mountsAt: Path,
  errors: FieldError[],
  privileged: boolean,
): void {
  if (mountPropagation === undefined) return;
  const at = mountsAt.child('mountPropagation');
  if (!PROPAGATIONS.includes(mountPropagation)) {
    errors.push(notSupported(at, mountPropagation, PROPAGATIONS));
  }
  if (mountPropagation === 'Bidirectional' && !privileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbidden(at, detail));
  }
}

const RECURSIVE_READ_ONLY = ['Disabled', 'Enabled', 'IfPossible'];

function validateRecursiveReadOnly(mount: VolumeMount, mountsAt: Path, errors: FieldError[]): void {
  const { recursiveReadOnly: mode, mountPropagation = 'None' } = mount;
  if (mode === undefined || mode === 'Disabled') return;
  const at = mountsAt.child('recursiveReadOnly');
  if (!RECURSIVE_READ_ONLY.includes(mode)) {
    errors.push(notSupported(at, mode, RECURSIVE_READ_ONLY));
    return;
  }
  if (!mount.readOnly) {
    errors.push(forbidden(at, 'may only be specified when readOnly is true'));
  }
  if (mountPropagation !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    errors.push(forbidden(at, detail));
  }
}

function validateDevices(
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  at: Path,
  errors: FieldError[],
  volumes: ReadonlyMap<string, Volume>,
): void {
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const [index, { name = '', devicePath = '' }] of devices.entries()) {
    const deviceAt = at.child('volumeDevices').index(index);
    const nameAt = deviceAt.child('name');
    const pathAt = deviceAt.child('devicePath');
    const volume = volumes.get(name);
    if (name === '') errors.push(required(nameAt));
    if (names.has(name)) errors.push(invalid(nameAt, name, 'must be unique'));
    if (volume === undefined) errors.push(notFound(nameAt, name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail =
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalid(nameAt, name, detail));
    }
    if (devicePath === '') errors.push(required(pathAt));
    if (paths.has(devicePath)) errors.push(invalid(pathAt, devicePath, 'must be unique'));
    if (hasBacksteps(devicePath)) {
      errors.push(invalid(pathAt, devicePath, "can not contain backsteps ('..')"));
    } else {
      paths.add(devicePath);
    }
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(invalid(nameAt, name, 'must not already exist in volumeMounts'));
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      errors.push(invalid(pathAt, devicePath, 'must not already exist as a path in volumeMounts'));
    }
    if (name !== '') names.add(name);
  }
}
