import { describe, expect, test } from 'vitest';
import type { WriteRules } from '../../kind.ts';
import type { KubeObject } from '../../meta.ts';
import { podKind } from './pod.ts';

const probe = {
  httpGet: { path: '/', port: 80, httpHeaders: [{ name: 'A', value: 'b' }] },
  terminationGracePeriodSeconds: 1,
};
const term = {
  labelSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
  namespaceSelector: { matchLabels: { a: 'b' } },
  namespaces: ['n'],
  topologyKey: 'zone',
  matchLabelKeys: ['app'],
  mismatchLabelKeys: ['b'],
};
const container = {
  name: 'c',
  image: 'i',
  ports: [{ name: 'p', containerPort: 80, hostPort: 81, hostIP: '10.0.0.1' }],
  env: [
    { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
    { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ],
  envFrom: [{ prefix: 'P', configMapRef: { name: 'm' } }],
  resources: { limits: { cpu: '1' }, claims: [{ name: 'r', request: 'q' }] },
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
  livenessProbe: probe,
  lifecycle: { postStart: { exec: { command: ['a'] } }, preStop: { sleep: { seconds: 1 } } },
  securityContext: {
    capabilities: { add: ['A'] },
    seccompProfile: { type: 'Localhost', localhostProfile: 'p' },
    appArmorProfile: { type: 'Localhost', localhostProfile: 'p' },
    windowsOptions: { runAsUserName: 'u', gmsaCredentialSpec: 's', hostProcess: true },
    procMount: 'Default',
  },
  volumeMounts: [{ name: 'v0', mountPath: '/a', subPath: 'b', recursiveReadOnly: 'Disabled' }],
  volumeDevices: [{ name: 'v4', devicePath: '/dev/a' }],
};
const keys = { items: [{ key: 'k', path: 'p', mode: 1 }] };
const file = { path: 'p', fieldRef: { fieldPath: 'metadata.name' } };
const claim = {
  metadata: { labels: { a: 'b' }, annotations: { a: 'b' } },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    selector: { matchLabels: { a: 'b' } },
    dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
    dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a' },
  },
};
const sources = [
  { emptyDir: { sizeLimit: '1' } },
  { hostPath: { path: '/a' } },
  { secret: { secretName: 's', ...keys } },
  { configMap: { name: 's', ...keys } },
  { persistentVolumeClaim: { claimName: 'c' } },
  { downwardAPI: { items: [file] } },
  {
    projected: {
      sources: [
        { secret: { name: 's', ...keys } },
        { downwardAPI: { items: [file] } },
        { serviceAccountToken: { path: 't' } },
      ],
    },
  },
  { ephemeral: { volumeClaimTemplate: claim } },
  { image: { reference: 'i' } },
  { csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } },
  { nfs: { server: 's', path: '/p' } },
  { iscsi: { targetPortal: 'p', iqn: 'iqn.2001-04.a:b', lun: 0, initiatorName: 'i' } },
  { fc: { targetWWNs: ['a'], lun: 1 } },
  { rbd: { monitors: ['m'], image: 'i' } },
  { cephfs: { monitors: ['m'] } },
  { cinder: { volumeID: 'v', secretRef: { name: 's' } } },
  { gitRepo: { repository: 'r', directory: 'd' } },
  { flexVolume: { driver: 'd', options: { a: 'b' } } },
  { quobyte: { registry: 'a:1', volume: 'v' } },
  { storageos: { volumeName: 'v', secretRef: { name: 's' } } },
  { azureDisk: { diskName: 'd', diskURI: 'u' } },
  { flocker: { datasetName: 'd' } },
  { gcePersistentDisk: { pdName: 'p', partition: 1 } },
  { scaleIO: { gateway: 'g', system: 's', volumeName: 'v' } },
];
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const nodeTerm = {
  matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }],
  matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }],
};

/** Has something of nearly every field. It need not be good: nothing may throw on its account. */
const rich = {
  metadata: {
    labels: { app: 'x' },
    annotations: {
      'container.apparmor.security.beta.kubernetes.io/c': 'localhost/p',
      'seccomp.security.alpha.kubernetes.io/pod': 'unconfined',
    },
  },
  spec: {
    containers: [container],
    initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always', livenessProbe: probe }],
    ephemeralContainers: [{ name: 'e', image: 'i', targetContainerName: 'c', volumeMounts: [{}] }],
    volumes: sources.map((source, index) => ({ name: `v${index}`, ...source })),
    resources: { limits: { cpu: '1' }, requests: { memory: '1' } },
    overhead: { cpu: '1' },
    nodeSelector: { a: 'b' },
    securityContext: {
      fsGroup: 1,
      supplementalGroups: [1],
      sysctls: [{ name: 'net.core.somaxconn', value: '1' }],
      seccompProfile: { type: 'RuntimeDefault' },
    },
    imagePullSecrets: [{ name: 's' }],
    affinity: {
      nodeAffinity: {
        [required]: { nodeSelectorTerms: [nodeTerm] },
        [preferred]: [{ weight: 1, preference: nodeTerm }],
      },
      podAffinity: { [required]: [term] },
      podAntiAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: term }] },
    },
    dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a'], options: [{ name: 'a' }] },
    readinessGates: [{ conditionType: 'a' }],
    schedulingGates: [{ name: 'g' }],
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { a: 'b' } },
        matchLabelKeys: ['app'],
        minDomains: 1,
        nodeTaintsPolicy: 'Honor',
      },
    ],
    tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }],
    hostAliases: [{ ip: '1.1.1.1', hostnames: ['a'] }],
    resourceClaims: [{ name: 'r', resourceClaimName: 'r' }],
    os: { name: 'linux' },
    hostUsers: true,
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    containerStatuses: [
      {
        name: 'c',
        state: { terminated: { exitCode: 1, finishedAt: '2026-01-02T03:04:05Z' } },
        lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-02T03:04:05Z' } },
        user: { linux: { uid: 1, gid: 1, supplementalGroups: [1] } },
        allocatedResourcesStatus: [
          { name: 'cpu', resources: [{ resourceID: 'a', health: 'Healthy' }] },
        ],
      },
    ],
    initContainerStatuses: [{ name: 'i', state: { running: {} } }],
    resourceClaimStatuses: [{ name: 'r', resourceClaimName: 'r' }],
  },
};

type Json = Record<string, unknown>;

/** Every place in `value`, as the steps to it. */
function places(value: unknown, steps: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const place = [...steps, key];
    return [place, ...places(child, place)];
  });
}

/** A copy of the rich pod with a hole: the place is gone, or its list or map is empty. */
function withHole(place: readonly string[], empty: boolean): KubeObject {
  const copy = JSON.parse(JSON.stringify(rich)) as Json;
  let parent = copy;
  for (const step of place.slice(0, -1)) parent = parent[step] as Json;
  const last = place.at(-1)!;
  const value = parent[last];
  if (empty && typeof value === 'object') parent[last] = Array.isArray(value) ? [] : {};
  else if (!Array.isArray(parent)) delete parent[last];
  else if (typeof value === 'object') parent[Number(last)] = {};
  else parent.splice(Number(last), 1);
  return copy as unknown as KubeObject;
}

/** Does what the API does to a new pod, and checks it as an update of the full one. */
function check(pod: KubeObject, full: KubeObject): void {
  podKind.defaults!(pod);
  podKind.prepareForCreate!(pod, { now: 0 });
  podKind.validate!(pod);
  podKind.validateCreate!(pod);
  podKind.update.validateUpdate!(pod, full);
  podKind.fields!(pod);
}

/** Shows a pod and checks its status, as an update of the full one and the reverse. */
function checkStatus(pod: KubeObject, full: KubeObject): void {
  const { validateUpdate } = podKind.subresources.status as WriteRules<KubeObject>;
  podKind.defaults!(pod);
  podKind.cells(pod, 0);
  validateUpdate!(pod, full);
  validateUpdate!(full, pod);
}

describe('a pod with a hole', () => {
  const full = withHole(['spec', 'none'], false);
  podKind.defaults!(full);

  test.each([true, false])(
    'is checked and shown without a throw (emptied: %s)',
    (empty) => {
      const all = places(rich).filter((place) => place.join() !== 'metadata');
      expect(all.length).toBeGreaterThan(400);
      for (const place of all) {
        const pod = withHole(place, empty);
        try {
          if (place[0] === 'status') checkStatus(pod, full);
          else check(pod, full);
        } catch (error) {
          throw new Error(`a hole at ${place.join('.')}`, { cause: error });
        }
      }
    },
    30_000,
  );
});
