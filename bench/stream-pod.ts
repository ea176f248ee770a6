import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCluster } from './cluster.ts';
import type { HttpClient } from './http-client.ts';
import { expectStatus } from './phase.ts';
import { isReady, watchFor } from './pod-watch.ts';
import { processesWith } from './process-usage.ts';
import { BENCH_IMAGE } from './ready-pod.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const JSON_TYPE = 'application/json';
const LOOK_MS = 1;
const LIMIT_MS = 60_000;

export const STREAM_POD = 'streams';
export const STREAM_PORT = 8000;
export const STREAM_BYTES = 64 * 1024 * 1024;

/** By this the container's process is found among all of the machine. */
const marker = String(100_000_000 + process.pid);

/** Starts a pod that serves a file over HTTP, shows a ConfigMap as a file, and takes commands. */
export async function startStreamPod(cluster: BenchCluster, client: HttpClient): Promise<void> {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data: { key: '' } };
  expectStatus(
    await client.request('POST', `${NAMESPACE}/configmaps`, JSON_TYPE, JSON.stringify(map)),
  );
  const file = `dd if=/dev/zero of=/tmp/index.html bs=1M count=${STREAM_BYTES / 1024 / 1024}`;
  const serve = `httpd -p ${STREAM_PORT} -h /tmp`;
  const container = {
    name: 'c',
    image: BENCH_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', `${file} && ${serve} && exec sleep ${marker}`],
    readinessProbe: { tcpSocket: { port: STREAM_PORT }, periodSeconds: 1 },
    volumeMounts: [{ name: 'map', mountPath: '/map' }],
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: STREAM_POD },
    spec: { containers: [container], volumes: [{ name: 'map', configMap: { name: 'map' } }] },
  };
  const ready = watchFor(cluster, `${NAMESPACE}/pods`, [STREAM_POD], isReady);
  expectStatus(await client.request('POST', `${NAMESPACE}/pods`, JSON_TYPE, JSON.stringify(pod)));
  await ready;
}

export async function podAddress(client: HttpClient): Promise<string> {
  const { body } = await client.request('GET', `${NAMESPACE}/pods/${STREAM_POD}`);
  return (JSON.parse(body.toString()) as { status: { podIP: string } }).status.podIP;
}

/** Changes the ConfigMap; answers after how many milliseconds the container sees it in its file. */
export async function changeMap(client: HttpClient, value: string): Promise<number> {
  const [pid] = processesWith(`sleep\0${marker}`);
  const path = `/proc/${pid}/root/map/key`;
  const patch = JSON.stringify({ data: { key: value } });
  const type = 'application/merge-patch+json';
  const startedAt = performance.now();
  expectStatus(await client.request('PATCH', `${NAMESPACE}/configmaps/map`, type, patch));
  while (readFileSync(path, 'utf8') !== value) {
    if (performance.now() - startedAt > LIMIT_MS) throw new Error(`${path} does not change`);
    await wait(LOOK_MS);
  }
  return performance.now() - startedAt;
}
