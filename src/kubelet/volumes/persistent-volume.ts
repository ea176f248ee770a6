import {
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  type Resource,
} from '../../client/resources.ts';
import type { Container, PersistentVolume, Pod, Volume } from '../../generated/types.ts';
import { isReachable } from '../../objects/core/match-volume.ts';
import { type ClaimUse, claimsOf, isMadeFor } from '../../objects/core/pod/claims.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { checkHostPath } from './host-path.ts';
import {
  MountError,
  type MountedVolume,
  type VolumeContext,
  type VolumeType,
} from './volume-type.ts';

/** Where mount options stood before there was a field for them: upstream still reads it. */
const MOUNT_OPTIONS_ANNOTATION = 'volume.beta.kubernetes.io/mount-options';

/** The volume that the pod's claim is bound to. */
export const persistentVolumeClaim: VolumeType = { mount: mountClaim };

/** The volume of a claim that was made for this pod. */
export const ephemeral: VolumeType = { mount: mountClaim };

async function mountClaim(volume: Volume, context: VolumeContext): Promise<MountedVolume> {
  const use = claimsOf(context.pod).find((claim) => claim.volume === volume.name);
  if (use === undefined) throw new MountError('the volume names no claim');
  const bound = await boundVolume(use, context);
  const name = goQuote(bound.metadata.name ?? '');
  const { nodeAffinity, volumeMode = 'Filesystem' } = bound.spec;
  if (volumeMode === 'Block') {
    const why = 'volumes of mode Block are not supported by this node';
    throw whole(`MapVolume.MapPodDevice failed for volume ${name} : ${why}`);
  }
  if (hasMountOptions(bound)) {
    const why = 'Mount options are not supported for this volume type';
    throw whole(`MountVolume.MountOptionSupport check failed for volume ${name} : ${why}`);
  }
  if (nodeAffinity !== undefined) {
    const node = await read(nodes, context.node.nodeName, '', context);
    if (!isReachable(bound, node)) {
      const why = 'no matching NodeSelectorTerms';
      throw whole(`MountVolume.NodeAffinity check failed for volume ${name} : ${why}`);
    }
  }
  return { path: await pathOf(bound, use.readOnly, context), readOnly: use.readOnly };
}

/** What is mounted here is a folder as it is. */
function hasMountOptions({ metadata, spec }: PersistentVolume): boolean {
  return Boolean(spec.mountOptions?.length || metadata.annotations?.[MOUNT_OPTIONS_ANNOTATION]);
}

/** Upstream's checks before a claim's volume is mounted. */
async function boundVolume(use: ClaimUse, context: VolumeContext): Promise<PersistentVolume> {
  const { pod } = context;
  const { namespace = '' } = pod.metadata;
  const refuse = (why: string) =>
    whole(
      `Unable to attach or mount volumes: unmounted volumes=[${use.volume}], ` +
        `unattached volumes=[], failed to process volumes=[${use.volume}]: ${why}`,
    );
  const claimProblem = (why: string) =>
    refuse(`error processing PVC ${namespace}/${use.claim}: ${why}`);
  const claim = await read(persistentVolumeClaims, use.claim, namespace, context).catch((error) => {
    throw claimProblem(`failed to fetch PVC from API server: ${error.message}`);
  });
  if (use.isEphemeral && !isMadeFor(claim, pod)) {
    const names = `${namespace}/${use.claim} was not created for pod ${namespace}/${pod.metadata.name}`;
    throw claimProblem(`PVC ${names} (pod is not owner)`);
  }
  // A pod that has run holds its claim: its sandbox may be made anew.
  if (claim.metadata.deletionTimestamp && !pod.status?.podIP) {
    throw claimProblem('PVC is being deleted');
  }
  const { volumeName = '' } = claim.spec;
  if (claim.status?.phase !== 'Bound' || volumeName === '') {
    throw claimProblem('PVC is not bound');
  }
  const volume = await read(persistentVolumes, volumeName, '', context).catch((error) => {
    throw refuse(`failed to fetch PV ${goQuote(volumeName)} from API server: ${error.message}`);
  });
  if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
    throw refuse(
      `found PV object ${goQuote(volumeName)} but its pv.Spec.ClaimRef.UID ` +
        `${goQuote(volume.spec.claimRef?.uid ?? '')} does not point to claim.UID ` +
        goQuote(claim.metadata.uid ?? ''),
    );
  }
  const misuse = modeProblem(pod, use.volume, volume.spec.volumeMode ?? 'Filesystem');
  if (misuse !== null) throw refuse(misuse);
  return volume;
}

/** Whether containers use the volume otherwise than it is. */
function modeProblem(pod: Pod, name: string, mode: string): string | null {
  const { containers, initContainers = [] } = pod.spec;
  const field = mode === 'Block' ? 'volumeMounts' : 'volumeDevices';
  const uses = (container: Container) => container[field]?.some((use) => use.name === name);
  if (![...containers, ...initContainers].some(uses)) return null;
  return `volume ${name} has volumeMode ${mode}, but is specified in ${field}`;
}

async function pathOf(
  { metadata, spec }: PersistentVolume,
  readOnly: boolean,
  { pod, node }: VolumeContext,
): Promise<string> {
  const name = goQuote(metadata.name ?? '');
  const { paths } = node.edges;
  if (spec.hostPath !== undefined) {
    const { path, type } = spec.hostPath;
    await checkHostPath(paths, path, type).catch((error: Error) => {
      throw whole(`MountVolume.SetUp failed for volume ${name} : ${error.message}`);
    });
    return path;
  }
  if (spec.local === undefined) {
    const source = Object.keys(spec).find((field) => SOURCES.has(field)) ?? 'unknown';
    const why = `volumes of type ${source} are not supported by this node`;
    throw whole(`MountVolume.SetUp failed for volume ${name} : ${why}`);
  }
  const { path } = spec.local;
  const kind = await paths.kindOf(path);
  if (kind !== 'directory') {
    const why =
      kind === null ? `path ${goQuote(path)} does not exist` : `${path} is not a directory`;
    throw whole(`MountVolume.NewMounter initialization failed for volume ${name} : ${why}`);
  }
  const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  if (fsGroup !== undefined && !readOnly) {
    await paths.setGroup(path, fsGroup, fsGroupChangePolicy === 'OnRootMismatch');
  }
  return path;
}

const SOURCES: ReadonlySet<string> = new Set([
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
]);

function read<T>(
  resource: Resource<T>,
  name: string,
  namespace: string,
  { node }: VolumeContext,
): Promise<T> {
  return node.client.get(resource, name, namespace);
}

function whole(message: string): MountError {
  return new MountError(message, true);
}
