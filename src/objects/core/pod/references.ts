import type { Container, Pod, Volume } from '../../../generated/types.ts';

/** The sorts of objects that a pod may name and that its node must read. */
export type ReferencedResource = 'configmaps' | 'secrets' | 'serviceaccounts';

/**
 * Whether a pod names this object of its own namespace: in the environment, as a volume, to pull
 * images, or as its service account.
 */
export function podReferences(pod: Pod, resource: ReferencedResource, name: string): boolean {
  const { spec } = pod;
  if (spec === undefined) return false;
  if (resource === 'serviceaccounts') return spec.serviceAccountName === name;
  const containers = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...((spec.ephemeralContainers ?? []) as Container[]),
  ];
  if (containers.some((container) => environmentNames(container, resource, name))) return true;
  if ((spec.volumes ?? []).some((volume) => volumeNames(volume, resource, name))) return true;
  const pullSecrets = spec.imagePullSecrets ?? [];
  return resource === 'secrets' && pullSecrets.some((secret) => secret.name === name);
}

function environmentNames(
  container: Container,
  resource: ReferencedResource,
  name: string,
): boolean {
  const isConfigMap = resource === 'configmaps';
  const sources = (container.envFrom ?? []).map((source) =>
    isConfigMap ? source.configMapRef : source.secretRef,
  );
  const keys = (container.env ?? []).map(({ valueFrom }) =>
    isConfigMap ? valueFrom?.configMapKeyRef : valueFrom?.secretKeyRef,
  );
  return [...sources, ...keys].some((reference) => reference?.name === name);
}

function volumeNames(volume: Volume, resource: ReferencedResource, name: string): boolean {
  const projected = volume.projected?.sources ?? [];
  if (resource === 'configmaps') {
    return (
      volume.configMap?.name === name || projected.some(({ configMap }) => configMap?.name === name)
    );
  }
  const drivers = [
    volume.cephfs,
    volume.cinder,
    volume.flexVolume,
    volume.iscsi,
    volume.rbd,
    volume.scaleIO,
    volume.storageos,
  ];
  return (
    volume.secret?.secretName === name ||
    projected.some(({ secret }) => secret?.name === name) ||
    volume.azureFile?.secretName === name ||
    volume.csi?.nodePublishSecretRef?.name === name ||
    drivers.some((driver) => driver?.secretRef?.name === name)
  );
}
