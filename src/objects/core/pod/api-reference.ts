import type { Pod, Volume } from '../../../generated/types.ts';
import { someContainer } from './any-container.ts';

/**
 * What of the API a pod names, in upstream's words (`secrets`, `configmaps (via projected
 * volumes)`), or undefined when it needs nothing: then it can run without the API, as a static pod.
 */
export function apiReference({ spec }: Pod): string | undefined {
  if (spec.serviceAccountName) return 'serviceaccounts';
  const hasSecret =
    (spec.imagePullSecrets ?? []).length > 0 ||
    someContainer(
      spec,
      ({ env = [], envFrom = [] }) =>
        envFrom.some(({ secretRef }) => secretRef) ||
        env.some(({ valueFrom }) => valueFrom?.secretKeyRef),
    ) ||
    (spec.volumes ?? []).some(namesSecret);
  if (hasSecret) return 'secrets';
  const hasConfigMap =
    someContainer(
      spec,
      ({ env = [], envFrom = [] }) =>
        envFrom.some(({ configMapRef }) => configMapRef) ||
        env.some(({ valueFrom }) => valueFrom?.configMapKeyRef),
    ) || (spec.volumes ?? []).some(namesConfigMap);
  if (hasConfigMap) return 'configmaps';
  if ((spec.resourceClaims ?? []).length > 0) return 'resourceclaims';
  for (const volume of spec.volumes ?? []) {
    const reference = ofVolume(volume);
    if (reference !== undefined) return reference;
  }
  return undefined;
}

function namesSecret({ secret, azureFile, projected, ...volume }: Volume): boolean {
  const drivers = [volume.cephfs, volume.cinder, volume.flexVolume, volume.rbd, volume.scaleIO];
  return (
    secret !== undefined ||
    azureFile !== undefined ||
    (projected?.sources ?? []).some((source) => source.secret) ||
    drivers.some((driver) => driver?.secretRef) ||
    volume.iscsi?.secretRef !== undefined ||
    volume.storageos?.secretRef !== undefined ||
    volume.csi?.nodePublishSecretRef !== undefined
  );
}

function namesConfigMap({ configMap, projected }: Volume): boolean {
  return configMap !== undefined || (projected?.sources ?? []).some((source) => source.configMap);
}

function ofVolume(volume: Volume): string | undefined {
  if (volume.csi) return 'csidrivers (via CSI volumes)';
  if (volume.glusterfs) return 'endpoints (via glusterFS volumes)';
  if (volume.persistentVolumeClaim) return 'persistentvolumeclaims';
  if (volume.ephemeral) return 'persistentvolumeclaims (via ephemeral volumes)';
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) return 'serviceaccounts (via projected volumes)';
    if (source.clusterTrustBundle) return 'clustertrustbundles';
    if (source.podCertificate) return 'podcertificates';
  }
  return undefined;
}
