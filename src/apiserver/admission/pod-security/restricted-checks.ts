import type { Volume } from '../../../generated/types.ts';
import { baselineSeccomp, isConfining } from './baseline-checks.ts';
import {
  badContainers,
  type Check,
  containersText,
  isForWindows,
  plural,
  quoted,
  settersText,
  sorted,
} from './check.ts';

/** `check`, which a pod for Windows need not pass: what it asks for does not exist there. */
export function unlessForWindows(check: Check): Check {
  return (pod) => (isForWindows(pod.spec) ? null : check(pod));
}

/** A process must not get more rights than its parent. */
export const allowPrivilegeEscalation: Check = ({ spec }) => {
  const containers = badContainers(spec, (own) => own.allowPrivilegeEscalation !== false);
  if (containers.length === 0) return null;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(containers)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

/** All capabilities are dropped; one may come back, to listen on low ports. */
export const restrictedCapabilities: Check = ({ spec }) => {
  const keeping = badContainers(spec, (own) => !own.capabilities?.drop?.includes('ALL'));
  const added: string[] = [];
  const adding = badContainers(spec, ({ capabilities }) => {
    const bad = (capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
    added.push(...bad);
    return bad.length > 0;
  });
  const details: string[] = [];
  if (keeping.length > 0) {
    details.push(`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  }
  if (adding.length > 0) {
    const names = quoted(sorted(added));
    details.push(
      `${containersText(adding)} must not include ${names} in securityContext.capabilities.add`,
    );
  }
  if (details.length === 0) return null;
  return { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const;

const OTHER_VOLUMES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'portworxVolume',
  'photonPersistentDisk',
  'scaleIO',
  'storageos',
] as const;

/** Other kinds of volumes come by way of claims only. */
export const restrictedVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(
    (volume) => !ALLOWED_VOLUMES.some((source) => volume[source] !== undefined),
  );
  if (bad.length === 0) return null;
  const names = bad.map(({ name }) => name);
  const types = sorted(bad.map(volumeType));
  const uses = plural('uses', names, 'use');
  const what = plural('restricted volume type', types);
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', names)} ${quoted(names)} ${uses} ${what} ${quoted(types)}`,
  };
};

function volumeType(volume: Volume): string {
  const fields = volume as unknown as Readonly<Record<string, unknown>>;
  return OTHER_VOLUMES.find((source) => fields[source] !== undefined) ?? 'unknown';
}

/** Containers must promise not to run as root. */
export const runAsNonRoot: Check = ({ spec }) => {
  const reason = 'runAsNonRoot != true';
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = badContainers(spec, (own) => own.runAsNonRoot === false);
  const setters = settersText(ofPod === false, explicit);
  if (setters !== '') {
    return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  }
  if (ofPod === true) return null;
  const implicit = badContainers(spec, (own) => own.runAsNonRoot === undefined);
  if (implicit.length === 0) return null;
  const detail = `pod or ${containersText(implicit)} must set securityContext.runAsNonRoot=true`;
  return { reason, detail };
};

/** Nobody asks to run as root. */
export const runAsUser: Check = ({ spec }) => {
  const containers = badContainers(spec, (own) => own.runAsUser === 0);
  const setters = settersText(spec.securityContext?.runAsUser === 0, containers);
  if (setters === '') return null;
  return { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` };
};

/** Every container has a seccomp profile that confines it. */
export const restrictedSeccomp: Check = (pod) => {
  const explicit = baselineSeccomp(pod);
  if (explicit !== null) return explicit;
  const { spec } = pod;
  if (isConfining(spec.securityContext?.seccompProfile?.type ?? '')) return null;
  const implicit = badContainers(spec, (own) => own.seccompProfile === undefined);
  if (implicit.length === 0) return null;
  const containers = containersText(implicit);
  const detail = `pod or ${containers} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
};
