import { nameSuffix, type Prng } from '../../base/prng.ts';
import type { Container, Pod, Volume } from '../../generated/types.ts';

/** Where clients look for their token, in every container. */
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** An hour, and seven seconds by which upstream tells these tokens from others. */
const TOKEN_SECONDS = 3607;

/**
 * Gives all containers that have nothing there a token of the pod's account, the API's authority
 * and their namespace, as upstream does it.
 */
export function mountApiAccess(pod: Pod, prng: Prng): void {
  const { spec } = pod;
  const lacking = [...(spec.initContainers ?? []), ...spec.containers].filter(lacksAccess);
  if (lacking.length === 0) return;
  let volume = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  if (volume === undefined) {
    volume = apiAccess(VOLUME_PREFIX + nameSuffix(prng));
    spec.volumes = [...(spec.volumes ?? []), volume];
  }
  const mount = { name: volume.name, readOnly: true, mountPath: MOUNT_PATH };
  for (const container of lacking) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }];
  }
}

function lacksAccess({ volumeMounts = [] }: Container): boolean {
  return !volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH);
}

function apiAccess(name: string): Volume {
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
      ],
    },
  };
}
