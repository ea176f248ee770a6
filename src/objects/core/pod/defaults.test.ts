import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { deepFreeze } from '../../meta.ts';
import { defaultPod } from './defaults.ts';

function defaulted(spec: object, status?: object): Pod {
  const pod = structuredClone({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec,
    ...(status === undefined ? {} : { status }),
  }) as unknown as Pod;
  defaultPod(pod);
  return pod;
}

const CONTAINER = {
  name: 'c',
  image: 'nginx:1.27',
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  resources: {},
};

/** The container after defaults, of a pod whose spec has `more`. */
function container(fields: object, more: object = {}): object {
  return defaulted({ containers: [{ name: 'c', image: 'nginx:1.27', ...fields }], ...more }).spec
    .containers[0]!;
}

describe('defaultPod', () => {
  test('a minimal pod', () => {
    expect(defaulted({ containers: [{ name: 'c', image: 'nginx:1.27' }] }).spec).toEqual({
      containers: [CONTAINER],
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      enableServiceLinks: true,
    });
  });

  test('a pod without spec gets one', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {} } as unknown as Pod;
    defaultPod(pod);
    expect(pod.spec.containers).toEqual([]);
  });

  test.each([
    [
      'probe',
      { livenessProbe: { tcpSocket: { port: 80 } } },
      {
        livenessProbe: {
          tcpSocket: { port: 80 },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
      },
    ],
    [
      'httpGet of a probe',
      { readinessProbe: { httpGet: { port: 80 }, timeoutSeconds: 2 } },
      {
        readinessProbe: {
          httpGet: { port: 80, path: '/', scheme: 'HTTP' },
          timeoutSeconds: 2,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
      },
    ],
    [
      'grpc of a probe',
      { startupProbe: { grpc: { port: 80 }, failureThreshold: 30 } },
      {
        startupProbe: {
          grpc: { port: 80, service: '' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 30,
        },
      },
    ],
    [
      'httpGet of a hook',
      { lifecycle: { preStop: { httpGet: { port: 80 } } } },
      {
        lifecycle: { preStop: { httpGet: { port: 80, path: '/', scheme: 'HTTP' } } },
      },
    ],
    [
      'port',
      { ports: [{ containerPort: 80 }] },
      {
        ports: [{ containerPort: 80, protocol: 'TCP' }],
      },
    ],
    [
      'fieldRef',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      {
        env: [
          { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } } },
        ],
      },
    ],
    [
      'divisor',
      { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }] },
      {
        env: [
          { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
        ],
      },
    ],
    [
      'requests from limits',
      { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '0.5' } } },
      {
        resources: {
          limits: { cpu: '1', memory: '1Gi' },
          requests: { cpu: '500m', memory: '1Gi' },
        },
      },
    ],
    [
      'canonical amounts',
      { resources: { requests: { cpu: '1000m', memory: '2048Mi', 'x.y/z': '0.0001' } } },
      {
        resources: { requests: { cpu: '1', memory: '2Gi', 'x.y/z': '1m' } },
      },
    ],
  ])('%s', (_, fields, expected) => {
    expect(container(fields)).toEqual({ ...CONTAINER, ...expected });
  });

  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['localhost:5000/nginx', 'Always'],
    ['localhost:5000/nginx:1', 'IfNotPresent'],
    [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    [`nginx:latest@sha256:${'a'.repeat(64)}`, 'Always'],
    ['Not An Image', 'IfNotPresent'],
  ])('pull policy of %s', (image, policy) => {
    expect(container({ image })).toMatchObject({ imagePullPolicy: policy });
  });

  test('ports on the host network are the containers own', () => {
    const ports = [{ containerPort: 80 }];
    expect(container({ ports }, { hostNetwork: true })).toMatchObject({
      ports: [{ containerPort: 80, hostPort: 80 }],
    });
  });

  test.each([
    [{ name: 'v' }, { emptyDir: {} }],
    [{ name: 'v', secret: { secretName: 's' } }, { secret: { secretName: 's', defaultMode: 420 } }],
    [{ name: 'v', configMap: { name: 's' } }, { configMap: { name: 's', defaultMode: 420 } }],
    [{ name: 'v', hostPath: { path: '/a' } }, { hostPath: { path: '/a', type: '' } }],
    [
      {
        name: 'v',
        downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.name' } }] },
      },
      {
        downwardAPI: {
          items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } }],
          defaultMode: 420,
        },
      },
    ],
    [
      { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      {
        projected: {
          sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
          defaultMode: 420,
        },
      },
    ],
    [{ name: 'v', iscsi: { iqn: 'i' } }, { iscsi: { iqn: 'i', iscsiInterface: 'default' } }],
  ])('volume %j', (volume, expected) => {
    const { spec } = defaulted({ containers: [], volumes: [volume] });
    expect(spec.volumes).toEqual([{ name: 'v', ...expected }]);
  });

  test('the old name of the service account mirrors the new one', () => {
    const both = { serviceAccount: 'a', serviceAccountName: 'a' };
    expect(defaulted({ serviceAccount: 'a' }).spec).toMatchObject(both);
    expect(defaulted({ serviceAccountName: 'a', serviceAccount: 'b' }).spec).toMatchObject(both);
  });

  test.each([
    [{ podIP: '10.0.0.1' }, '10.0.0.1', [{ ip: '10.0.0.1' }]],
    [{ podIPs: [{ ip: '10.0.0.2' }] }, '10.0.0.2', [{ ip: '10.0.0.2' }]],
    [{ podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.2' }] }, '10.0.0.1', [{ ip: '10.0.0.1' }]],
  ])('addresses %j agree', (status, podIP, podIPs) => {
    expect(defaulted({}, status).status).toEqual({ podIP, podIPs });
  });

  test('requests of a whole pod come from its containers and limits', () => {
    const { spec } = defaulted({
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '100m' } } }],
      resources: { limits: { cpu: '1', memory: '1Gi' } },
    });
    expect(spec.resources).toEqual({
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '100m', memory: '1Gi' },
    });
  });

  test('a pod with defaults stays as it is, even frozen', () => {
    const pod = defaulted(
      {
        containers: [
          {
            name: 'c',
            image: 'i',
            resources: { limits: { cpu: '1000m' } },
            ports: [{ containerPort: 1 }],
          },
        ],
        hostNetwork: true,
        serviceAccount: 'a',
        resources: { limits: { cpu: '2' } },
        volumes: [
          { name: 'v' },
          { name: 'p', projected: { sources: [{ serviceAccountToken: {} }] } },
        ],
      },
      { podIP: '10.0.0.1' },
    );
    const copy = structuredClone(pod);
    defaultPod(deepFreeze(pod));
    expect(pod).toEqual(copy);
  });
});
