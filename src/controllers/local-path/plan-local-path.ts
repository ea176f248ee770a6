import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../generated/types.ts';
import {
  requestedStorage,
  storageCapacity,
  storageClassOf,
  volumeAnnotations,
} from '../../objects/core/volume-facts.ts';
import { goQuote } from '../../objects/go-quote.ts';

/** The name that StorageClasses know the provisioner by. */
export const LOCAL_PATH = 'proa.dev/local-path';
/** Upstream's: holds a volume until its provisioner has removed what it made. */
export const PROVISIONER_FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';

const HOSTNAME = 'kubernetes.io/hostname';
/** What file systems take as a name. */
const FOLDER_NAME_MAX = 255;

/** The name of the volume that is made for a claim. */
export function volumeNameFor({ metadata }: PersistentVolumeClaim): string {
  return `pvc-${metadata.uid}`;
}

/** The name of a claim's folder: told apart by the uid, known to people by the rest. */
export function folderNameFor(claim: PersistentVolumeClaim): string {
  const { namespace, name } = claim.metadata;
  return `${volumeNameFor(claim)}_${namespace}_${name}`.slice(0, FOLDER_NAME_MAX);
}

/** `none` of our business, `make` a volume, or `refuse`. */
export type ProvisionPlan =
  | { readonly type: 'none' | 'make' }
  | { readonly type: 'refuse'; readonly why: string };

/** Whether this node's provisioner is to make a volume for `claim`. */
export function planProvision(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  nodeName: string,
): ProvisionPlan {
  const { metadata, spec } = claim;
  const { provisioner, selectedNode } = volumeAnnotations;
  const annotations = metadata.annotations ?? {};
  if (metadata.deletionTimestamp || spec.volumeName) return { type: 'none' };
  if (annotations[provisioner] !== LOCAL_PATH || storageClass?.provisioner !== LOCAL_PATH) {
    return { type: 'none' };
  }
  // Without a chosen node any will do: the first volume that is made counts.
  if ((annotations[selectedNode] ?? nodeName) !== nodeName) return { type: 'none' };
  if (spec.volumeMode === 'Block') return refuse('volumes of mode Block are not supported');
  if (spec.selector !== undefined) return refuse('claim.Spec.Selector is not supported');
  if (spec.dataSource ?? spec.dataSourceRef) return refuse('data sources are not supported');
  if (storageClass.mountOptions?.length) return refuse('mount options are not supported');
  const [parameter] = Object.keys(storageClass.parameters ?? {});
  if (parameter !== undefined) return refuse(`invalid option ${goQuote(parameter)}`);
  return { type: 'make' };
}

function refuse(why: string): ProvisionPlan {
  return { type: 'refuse', why };
}

/** The volume for a claim: a folder on one node. */
export function volumeFor(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  path: string,
  node: Node,
): PersistentVolume {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const hostname = node.metadata.labels?.[HOSTNAME] ?? node.metadata.name ?? '';
  const term = { matchExpressions: [{ key: HOSTNAME, operator: 'In', values: [hostname] }] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeNameFor(claim),
      annotations: { [volumeAnnotations.provisionedBy]: LOCAL_PATH },
      finalizers: [PROVISIONER_FINALIZER],
    },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '0' },
      claimRef: {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        namespace,
        name,
        uid,
        resourceVersion,
      },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [term] } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
      storageClassName: storageClassOf(claim),
      volumeMode: 'Filesystem',
    },
  };
}

/** Whether the provisioner made the volume. */
export function isOurs({ metadata, spec }: PersistentVolume): boolean {
  return metadata.annotations?.[volumeAnnotations.provisionedBy] === LOCAL_PATH && !!spec.local;
}

/** `remove` folder and volume, `let-go` of a volume whose folder stays, or `keep` both. */
export function planRemoval(volume: PersistentVolume): 'remove' | 'let-go' | 'keep' {
  const { metadata, spec, status } = volume;
  if (!isOurs(volume)) return 'keep';
  const isHeld = metadata.finalizers?.includes(PROVISIONER_FINALIZER) ?? false;
  const isGoing = metadata.deletionTimestamp !== undefined;
  if (isGoing ? !isHeld || status?.phase === 'Bound' : status?.phase !== 'Released') return 'keep';
  if (spec.persistentVolumeReclaimPolicy === 'Delete') return 'remove';
  return isGoing ? 'let-go' : 'keep';
}

/** What has to grow: a folder has no size of its own, so its volume is as large as it is said. */
export function planGrowth(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
): 'volume' | 'claim' | null {
  if (claim.status?.phase !== 'Bound' || !isOurs(volume)) return null;
  if (volume.spec.claimRef?.uid !== claim.metadata.uid) return null;
  if (requestedStorage(claim) > storageCapacity(volume)) return 'volume';
  return claim.status.capacity?.storage === volume.spec.capacity?.storage ? null : 'claim';
}
