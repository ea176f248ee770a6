/** Bytes of the pods that the API scenarios write: a usual size, as JSON. */
const BODY_BYTES = 1_400;

/**
 * A pod of 1.4 KB that no scheduler takes, so that the API alone is measured.
 *
 * @param index makes its name, and the label `group` (one of ten)
 */
export function podBody(index: number): string {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(index),
      labels: { app: 'bench', group: `g${index % 10}` },
      annotations: { filler: '' },
    },
    spec: {
      schedulerName: 'nobody',
      containers: [
        {
          name: 'web',
          image: 'registry.example/bench/web:1.0',
          ports: [{ name: 'http', containerPort: 8080 }],
          env: [
            { name: 'MODE', value: 'production' },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          resources: {
            requests: { cpu: '100m', memory: '64Mi' },
            limits: { cpu: '500m', memory: '128Mi' },
          },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
          livenessProbe: { httpGet: { path: '/live', port: 'http' }, periodSeconds: 10 },
          volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
        },
      ],
      volumes: [{ name: 'cache', emptyDir: {} }],
    },
  };
  const missing = BODY_BYTES - JSON.stringify(pod).length;
  pod.metadata.annotations.filler = 'x'.repeat(Math.max(0, missing));
  return JSON.stringify(pod);
}

export function podName(index: number): string {
  return `bench-${String(index).padStart(6, '0')}`;
}

/** The status of a pod that runs, as a kubelet writes it. */
export function podStatus(): object {
  const at = '2026-01-02T03:04:05Z';
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'];
  return {
    phase: 'Running',
    conditions: types.map((type) => ({ type, status: 'True', lastTransitionTime: at })),
    hostIP: '192.0.2.10',
    podIP: '10.42.0.17',
    podIPs: [{ ip: '10.42.0.17' }],
    startTime: at,
    containerStatuses: [
      {
        name: 'web',
        image: 'registry.example/bench/web:1.0',
        imageID: `registry.example/bench/web@sha256:${'0'.repeat(64)}`,
        containerID: `containerd://${'0'.repeat(64)}`,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
        lastState: {},
      },
    ],
  };
}
