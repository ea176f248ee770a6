import type { HostPathVolumeSource, NFSVolumeSource, Volume } from '../../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../field-error.ts';
import { dns1123Label, dns1123Subdomain } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalidIn, checkPolicy, PULL_POLICIES } from './check.ts';
import { checkNoBacksteps, checkRelativePath } from './check-path.ts';
import { resourceQuantity } from './resource-list.ts';
import { validateClaimTemplate } from './validate-claim-template.ts';
import {
  validateConfigMap,
  validateDownwardApi,
  validateProjected,
  validateSecret,
} from './validate-volume-files.ts';
import {
  checkPartition,
  validateAzureDisk,
  validateCsi,
  validateFc,
  validateFlex,
  validateFlocker,
  validateIscsi,
  validateQuobyte,
  validateStorageOs,
} from './validate-volume-sources.ts';

type Check<T> = (source: T, at: Path, errors: FieldError[]) => void;
type Sources = Omit<Volume, 'name'>;

interface SourceRule {
  readonly field: keyof Sources;
  readonly check: Check<never>;
  /** Where upstream's messages put faults of the source, when not in the field. */
  readonly at: string;
  /** Where upstream's message puts a second source, when not in the field. */
  readonly secondAt: string;
}

function rule<F extends keyof Sources>(
  field: F,
  check: Check<NonNullable<Sources[F]>>,
  { at = field, secondAt = field }: { at?: string; secondAt?: string } = {},
): SourceRule {
  return { field, check, at, secondAt };
}

/** Checks that texts of a source are not empty. */
function needs<T>(...fields: (keyof T & string)[]): Check<T> {
  return (source, at, errors) => {
    for (const field of fields) if (!source[field]) errors.push(required(at.child(field)));
  };
}

/** Upstream's order and its quirks of paths. */
const RULES: readonly SourceRule[] = [
  rule('emptyDir', ({ sizeLimit }, at, errors) => {
    if (sizeLimit === undefined || (resourceQuantity(sizeLimit)?.nanos ?? -1n) >= 0n) return;
    const detail = 'SizeLimit field must be a valid resource quantity';
    errors.push(forbidden(at.child('sizeLimit'), detail));
  }),
  rule('hostPath', validateHostPath),
  rule('gitRepo', ({ repository, directory = '' }, at, errors) => {
    if (!repository) errors.push(required(at.child('repository')));
    checkRelativePath(errors, at.child('directory'), directory);
  }),
  rule(
    'gcePersistentDisk',
    (disk, at, errors) => {
      if (!disk.pdName) errors.push(required(at.child('pdName')));
      checkPartition(errors, at, disk.partition);
    },
    { at: 'persistentDisk' },
  ),
  rule('awsElasticBlockStore', (disk, at, errors) => {
    if (!disk.volumeID) errors.push(required(at.child('volumeID')));
    checkPartition(errors, at, disk.partition);
  }),
  rule('secret', validateSecret),
  rule('nfs', validateNfs),
  rule('iscsi', validateIscsi),
  rule('glusterfs', needs('endpoints', 'path')),
  rule('flocker', validateFlocker),
  rule('persistentVolumeClaim', needs('claimName')),
  rule('rbd', ({ monitors, image }, at, errors) => {
    if (!monitors?.length) errors.push(required(at.child('monitors')));
    if (!image) errors.push(required(at.child('image')));
  }),
  rule('cinder', ({ volumeID, secretRef }, at, errors) => {
    if (!volumeID) errors.push(required(at.child('volumeID')));
    if (secretRef && !secretRef.name) errors.push(required(at.child('secretRef', 'name')));
  }),
  rule(
    'cephfs',
    ({ monitors }, at, errors) => {
      if (!monitors?.length) errors.push(required(at.child('monitors')));
    },
    { secondAt: 'cephFS' },
  ),
  rule('quobyte', validateQuobyte),
  rule('downwardAPI', validateDownwardApi, { secondAt: 'downwarAPI' }),
  rule('fc', validateFc),
  rule('flexVolume', validateFlex),
  rule('configMap', validateConfigMap),
  rule('azureFile', needs('secretName', 'shareName')),
  rule('vsphereVolume', needs('volumePath')),
  rule('photonPersistentDisk', needs('pdID')),
  rule('portworxVolume', needs('volumeID')),
  rule('azureDisk', validateAzureDisk),
  rule('storageos', validateStorageOs),
  rule('projected', validateProjected),
  rule('scaleIO', needs('gateway', 'system', 'volumeName')),
  rule('csi', validateCsi),
  rule('ephemeral', (ephemeral, at, errors) => {
    const templateAt = at.child('volumeClaimTemplate');
    const template = ephemeral.volumeClaimTemplate;
    if (template === undefined) errors.push(required(templateAt));
    else validateClaimTemplate(template, templateAt, errors);
  }),
  rule('image', (image, at, errors) => {
    if (!image.reference) errors.push(required(at.child('reference')));
    checkPolicy(errors, at, 'pullPolicy', image.pullPolicy, PULL_POLICIES);
  }),
];

/**
 * Checks `spec.volumes`.
 *
 * @param podName for the names of claims that the pod makes; may be empty
 * @returns the good volumes by name, to which mounts may refer
 */
export function validateVolumes(
  volumes: readonly Volume[],
  at: Path,
  errors: FieldError[],
  podName: string,
): Map<string, Volume> {
  const good = new Map<string, Volume>();
  const made = new Set<string>();
  for (const volume of volumes) {
    if (volume.ephemeral && podName !== '') made.add(`${podName}-${volume.name}`);
  }
  for (const [index, volume] of volumes.entries()) {
    const volumeAt = at.index(index);
    const before = errors.length;
    validateSource(volume, volumeAt, errors, podName);
    const { name = '' } = volume;
    if (name === '') errors.push(required(volumeAt.child('name')));
    else addInvalidIn(errors, volumeAt, 'name', name, dns1123Label(name));
    if (good.has(name)) errors.push(duplicate(volumeAt.child('name'), name));
    if (errors.length === before) good.set(name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && made.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalid(volumeAt.child('persistentVolumeClaim', 'claimName'), claim, detail));
    }
  }
  return good;
}

/** Checks one source, of a pod's volume or of a PersistentVolume; one that is not known is good. */
export function validateVolumeSource(
  field: string,
  source: unknown,
  at: Path,
  errors: FieldError[],
): void {
  RULES_BY_FIELD.get(field)?.[0]?.check(source as never, at, errors);
}

/** A list of its one rule for each source: nearly all volumes have one source, and need no other. */
const RULES_BY_FIELD = new Map<string, readonly SourceRule[]>(
  RULES.map((each) => [each.field, [each]]),
);

/** The volume's source, when it has one and no more. */
function onlySource(volume: Volume): string | undefined {
  let only: string | undefined;
  for (const field in volume) {
    if (field === 'name' || volume[field as keyof Volume] === undefined) continue;
    if (only !== undefined || !RULES_BY_FIELD.has(field)) return undefined;
    only = field;
  }
  return only;
}

function validateSource(volume: Volume, at: Path, errors: FieldError[], podName: string): void {
  const only = onlySource(volume);
  const rules = only === undefined ? RULES : RULES_BY_FIELD.get(only)!;
  let found = 0;
  for (const { field, check, at: name, secondAt } of rules) {
    const source = volume[field];
    if (source === undefined) continue;
    found += 1;
    if (found > 1) {
      errors.push(forbidden(at.child(secondAt), 'may not specify more than 1 volume type'));
    } else {
      check(source as never, at.child(name), errors);
      if (field === 'ephemeral') checkClaimName(volume.name, podName, at, errors);
    }
    if (field === 'iscsi') checkIscsiLength(volume, at, errors);
  }
  if (found === 0) errors.push(required(at, 'must specify a volume type'));
}

function checkClaimName(name: string, podName: string, at: Path, errors: FieldError[]): void {
  if (!name || podName === '') return;
  const claim = `${podName}-${name}`;
  for (const message of dns1123Subdomain(claim)) {
    errors.push(invalid(at.child('name'), name, `PVC name "${claim}": ${message}`));
  }
}

const ISCSI_NAME_LENGTH_MAX = 64;

function checkIscsiLength({ name, iscsi }: Volume, at: Path, errors: FieldError[]): void {
  if (iscsi?.initiatorName === undefined) return;
  if (`${name}:${iscsi.targetPortal}`.length <= ISCSI_NAME_LENGTH_MAX) return;
  const detail =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters ' +
    'if iscsi.initiatorName is specified.';
  errors.push(invalid(at.child('name'), name, detail));
}

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function validateHostPath({ path, type }: HostPathVolumeSource, at: Path, errors: FieldError[]) {
  if (!path) {
    errors.push(required(at.child('path')));
    return;
  }
  checkNoBacksteps(errors, at.child('path'), path);
  if (type !== undefined && !HOST_PATH_TYPES.includes(type)) {
    errors.push(notSupported(at.child('type'), type, HOST_PATH_TYPES));
  }
}

function validateNfs({ server, path = '' }: NFSVolumeSource, at: Path, errors: FieldError[]): void {
  if (!server) errors.push(required(at.child('server')));
  if (!path) errors.push(required(at.child('path')));
  if (!path.startsWith('/')) {
    errors.push(invalid(at.child('path'), path, 'must be an absolute path'));
  }
}
