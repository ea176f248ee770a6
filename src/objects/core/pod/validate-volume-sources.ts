import type {
  AzureDiskVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  ISCSIVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '../../../generated/types.ts';
import { type FieldError, invalid, notSupported, required, tooLong } from '../../field-error.ts';
import { dns1123Label, dns1123Subdomain, LABEL_BYTES_MAX } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid, checkOneOf } from './check.ts';

/** Volume sources that need a driver, a cloud or a server; the node's own are elsewhere. */

const ISCSI_NAMES = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[a-zA-Z0-9]{16}$/],
  ['naa', /^naa.[a-zA-Z0-9]{32}$/],
] as const;

function checkIscsiName(errors: FieldError[], at: Path, name: string): void {
  const format = ISCSI_NAMES.find(([prefix]) => name.startsWith(prefix));
  if (format === undefined) {
    errors.push(invalid(at, name, 'must be valid format starting with iqn, eui, or naa'));
  } else if (!format[1].test(name)) {
    errors.push(invalid(at, name, 'must be valid format'));
  }
}

/** Whether a LUN or a partition is in [0, 255]. */
function isByte(value: number): boolean {
  return value >= 0 && value <= 255;
}

const LUN_DETAIL = 'must be between 0 and 255, inclusive';

/** Checks an iSCSI disk. */
export function validateIscsi(iscsi: ISCSIVolumeSource, at: Path, errors: FieldError[]): void {
  if (!iscsi.targetPortal) errors.push(required(at.child('targetPortal')));
  if (!iscsi.iqn) errors.push(required(at.child('iqn')));
  else checkIscsiName(errors, at.child('iqn'), iscsi.iqn);
  const { lun = 0 } = iscsi;
  if (!isByte(lun)) errors.push(invalid(at.child('lun'), lun, LUN_DETAIL));
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) {
    errors.push(required(at.child('secretRef')));
  }
  if (iscsi.initiatorName === undefined) return;
  checkIscsiName(errors, at.child('initiatorname'), iscsi.initiatorName);
}

/** Checks a Fibre Channel disk. */
export function validateFc(fc: FCVolumeSource, at: Path, errors: FieldError[]): void {
  const { targetWWNs = [], wwids = [], lun } = fc;
  const targetsAt = at.child('targetWWNs');
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(targetsAt, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length === 0) return;
  if (wwids.length > 0) {
    const detail = 'targetWWNs and wwids can not be specified simultaneously';
    errors.push(invalid(targetsAt, targetWWNs, detail));
  }
  if (lun === undefined) {
    errors.push(required(at.child('lun'), 'lun is required if targetWWNs is specified'));
  } else if (!isByte(lun)) {
    errors.push(invalid(at.child('lun'), lun, LUN_DETAIL));
  }
}

/** Checks the partition of a cloud's disk. */
export function checkPartition(
  errors: FieldError[],
  at: Path,
  partition: number | undefined,
): void {
  if (partition === undefined || isByte(partition)) return;
  const detail = 'must be between 1 and 255, inclusive';
  errors.push(invalid(at.child('partition'), partition, detail));
}

/** Checks a Flocker dataset. */
export function validateFlocker(
  { datasetName, datasetUUID }: FlockerVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  if (!datasetName && !datasetUUID) {
    errors.push(required(at, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName && datasetUUID) {
    const detail = 'datasetName and datasetUUID can not be specified simultaneously';
    errors.push(invalid(at, 'resource', detail));
  }
  if (datasetName?.includes('/')) {
    errors.push(invalid(at.child('datasetName'), datasetName, "must not contain '/'"));
  }
}

const TENANT_LENGTH_MAX = 64;

/** Checks a Quobyte volume. */
export function validateQuobyte(
  { registry, tenant = '', volume }: QuobyteVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (!registry) {
    errors.push(required(at.child('registry'), pairs));
  } else if (tenant.length > TENANT_LENGTH_MAX) {
    const detail = `must be a UUID and may not exceed a length of ${TENANT_LENGTH_MAX} characters`;
    errors.push(required(at.child('tenant'), detail));
  } else {
    for (const pair of registry.split(',')) {
      if (/^(?:[^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) continue;
      errors.push(invalid(at.child('registry'), registry, pairs));
    }
  }
  if (!volume) errors.push(required(at.child('volume')));
}

/** Checks a volume of a FlexVolume driver. */
export function validateFlex(
  { driver, options = {} }: FlexVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  if (!driver) errors.push(required(at.child('driver')));
  for (const key in options) {
    const domain = `.${key.split('/')[0]!.toLowerCase()}`;
    if (!domain.endsWith('.kubernetes.io') && !domain.endsWith('.k8s.io')) continue;
    const detail = 'kubernetes.io and k8s.io namespaces are reserved';
    errors.push(invalid(at.child('options').key(key), key, detail));
  }
}

const MANAGED_DISK =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_DISK = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

/** Checks a disk of Azure. */
export function validateAzureDisk(
  { diskName, diskURI = '', cachingMode, kind }: AzureDiskVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  if (!diskName) errors.push(required(at.child('diskName')));
  if (!diskURI) errors.push(required(at.child('diskURI')));
  if (cachingMode !== undefined) {
    checkOneOf(errors, at, 'cachingMode', cachingMode, ['None', 'ReadOnly', 'ReadWrite']);
  }
  if (kind === undefined) return;
  checkOneOf(errors, at, 'kind', kind, ['Dedicated', 'Managed', 'Shared']);
  const [start, example] =
    kind === 'Managed' ? ['/subscriptions/', MANAGED_DISK] : ['https://', BLOB_DISK];
  if (!diskURI.startsWith(start!)) {
    errors.push(notSupported(at.child('diskURI'), diskURI, [example!]));
  }
}

/** Checks a StorageOS volume. */
export function validateStorageOs(
  { volumeName, volumeNamespace, secretRef }: StorageOSVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  if (!volumeName) errors.push(required(at.child('volumeName')));
  else addInvalid(errors, at.child('volumeName'), volumeName, dns1123Label(volumeName));
  if (volumeNamespace) {
    addInvalid(errors, at.child('volumeNamespace'), volumeNamespace, dns1123Label(volumeNamespace));
  }
  if (secretRef && !secretRef.name) errors.push(required(at.child('secretRef', 'name')));
}

/** Checks an inline volume of a CSI driver. */
export function validateCsi(csi: CSIVolumeSource, at: Path, errors: FieldError[]): void {
  const { driver = '', nodePublishSecretRef } = csi;
  const driverAt = at.child('driver');
  if (driver === '') errors.push(required(driverAt));
  if (driver.length > LABEL_BYTES_MAX) errors.push(tooLong(driverAt, LABEL_BYTES_MAX));
  addInvalid(errors, driverAt, driver, dns1123Subdomain(driver.toLowerCase()));
  if (nodePublishSecretRef === undefined) return;
  const { name } = nodePublishSecretRef;
  if (!name) errors.push(required(at.child('nodePublishSecretRef', 'name')));
  else addInvalid(errors, at.child('name'), name, dns1123Subdomain(name));
}
