import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { containerdLayout } from '../../src/host/containerd/layout.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { containerPid, isProcessAlive } from '../harness/container-process.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { Kubectl } from '../harness/kubectl.ts';
import { containerStatus, isReady } from '../harness/lab.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const PODS = `apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: main
    image: nginx
    readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
    livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
---
apiVersion: v1
kind: Pod
metadata: {name: pair}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - {name: before, image: busybox, args: ['true']}
  containers:
  - {name: one, image: busybox, args: [sh, -c, 'while :; do date; sleep 1; done']}
  - {name: two, image: busybox, args: [sleep, '600']}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: red}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {word: old}
---
apiVersion: v1
kind: Pod
metadata: {name: configured}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: busybox
    args: [sleep, '600']
    volumeMounts:
    - {name: settings, mountPath: /settings}
    - {name: hidden, mountPath: /hidden}
  volumes:
  - {name: settings, configMap: {name: settings}}
  - {name: hidden, secret: {secretName: hidden}}
---
apiVersion: v1
kind: Pod
metadata: {name: mortal}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: main, image: busybox, args: [sleep, '600']}
`;

describe('proa up after the process died', () => {
  let folder: string;
  let cluster: TestCluster;
  let kubectl: Kubectl;

  beforeAll(async () => {
    const { mirrors } = await sharedCluster();
    cluster = await startCluster({ mirrors });
    folder = mkdtempSync(join(tmpdir(), 'proa-adoption-'));
    kubectl = new Kubectl(labKubectl().file, cluster.home.kubeconfig, folder);
    writeFileSync(join(folder, 'pods.yaml'), PODS);
    await kubectl.ok('apply', '-f', 'pods.yaml');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s');
  });
  afterAll(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const pods = async (): Promise<Pod[]> =>
    JSON.parse(await kubectl.ok('get', 'pods', '-o', 'json')).items;
  const facts = (all: readonly Pod[]) =>
    all.flatMap((pod) =>
      (pod.status?.containerStatuses ?? []).map(({ name, containerID, restartCount }) => ({
        name: `${pod.metadata.name}/${name}`,
        containerID,
        restartCount,
        ip: pod.status?.podIP,
      })),
    );

  /** The daemon's process, as it wrote it down. */
  const daemonPid = (): number =>
    (JSON.parse(readFileSync(cluster.home.runFile, 'utf8')) as { pid: number }).pid;

  async function killDaemon(): Promise<void> {
    const pid = daemonPid();
    process.kill(pid, 'SIGKILL');
    await waitUntil('the daemon is gone', 5_000, () => !isProcessAlive(pid));
  }

  it('adopts every container as it runs', async () => {
    const before = await pods();
    await killDaemon();
    for (const { containerID } of facts(before)) {
      expect(await containerPid(cluster.home, containerID ?? '')).toBeGreaterThan(0);
    }
    await cluster.up();
    await kubectl.ok('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=30s');
    const after = await pods();
    expect(facts(after)).toEqual(facts(before));
    expect(facts(after).map(({ restartCount }) => restartCount)).toEqual([0, 0, 0, 0, 0]);
    expect(after.every(isReady)).toBe(true);
    // Nobody probes these, so they were ready all the time. A readiness probe begins anew, as
    // with upstream's kubelet.
    const since = (all: readonly Pod[]) =>
      all
        .filter(({ spec }) => spec.containers.every((one) => one.readinessProbe === undefined))
        .map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready'))
        .map((ready) => ready?.lastTransitionTime);
    expect(since(after)).toEqual(since(before));
    const events = await kubectl.ok('get', 'events');
    expect(events).not.toMatch(/Killing|SandboxChanged|BackOff|FailedCreatePodSandBox/);
  });

  it('goes on with them: logs, probes, restarts, deletion, new pods', async () => {
    expect(await kubectl.ok('logs', 'pair', '-c', 'one', '--tail=1')).toMatch(/:\d\d/);
    const mortal = (await pods()).find(({ metadata }) => metadata.name === 'mortal');
    const pid = await containerPid(cluster.home, containerStatus(mortal).containerID ?? '');
    process.kill(pid, 'SIGKILL');
    await waitUntil('mortal was restarted', 20_000, async () =>
      (await pods()).some((pod) => pod.metadata.name === 'mortal' && restartsOf(pod) === 1),
    );
    await kubectl.ok('run', 'fresh', '--image=nginx');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/fresh', '--timeout=30s');
    await kubectl.ok('delete', 'pod', 'pair');
  });

  it('goes on keeping their files up to date, and removes what a crash left of one', async () => {
    const pod = (await pods()).find(({ metadata }) => metadata.name === 'configured');
    const pid = await containerPid(cluster.home, containerStatus(pod).containerID ?? '');
    const shown = () =>
      ['settings/colour', 'hidden/word']
        .map((path) => textOf(`/proc/${pid}/root/${path}`))
        .join(' ');
    const change = async (colour: string, word: string) => {
      const patch = (data: object) => ['--type=merge', '-p', JSON.stringify(data)];
      await kubectl.ok('patch', 'configmap', 'settings', ...patch({ data: { colour } }));
      await kubectl.ok('patch', 'secret', 'hidden', ...patch({ stringData: { word } }));
      await waitUntil('the files have changed', 20_000, () => shown() === `${colour} ${word}`);
    };
    await change('green', 'new');
    await killDaemon();
    const volumes = join(cluster.home.folder, 'pods', pod?.metadata.uid ?? '', 'volumes');
    const half = join(volumes, 'kubernetes.io~configmap/settings/..2026_01_02_03_04_05.half');
    mkdirSync(half);
    await cluster.up();
    await change('blue', 'newest');
    expect(existsSync(half)).toBe(false);
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const own = mounts.filter((line) =>
      line.includes(join(volumes, 'kubernetes.io~secret/hidden')),
    );
    expect(own.map((line) => line.split(' ')[2])).toEqual(['tmpfs']);
    await kubectl.ok('delete', 'pod', 'configured');
    expect(existsSync(volumes)).toBe(false);
  });

  it('sees what happened while nobody looked', async () => {
    const before = await pods();
    const mortal = before.find(({ metadata }) => metadata.name === 'mortal');
    const pid = await containerPid(cluster.home, containerStatus(mortal).containerID ?? '');
    await killDaemon();
    process.kill(pid, 'SIGKILL');
    await cluster.up();
    await waitUntil('mortal was restarted again', 40_000, async () =>
      (await pods()).some((pod) => pod.metadata.name === 'mortal' && restartsOf(pod) === 2),
    );
    const ids = (all: readonly Pod[]) =>
      facts(all.filter(({ metadata }) => metadata.name !== 'mortal'));
    expect(ids(await pods())).toEqual(ids(before));
  });

  it('starts from the leftovers of a reboot', async () => {
    await cluster.down();
    const { home } = cluster;
    // A reboot leaves the files of processes that are no more, whose numbers others have now.
    const stale = { pid: 1, processStart: 'another-boot/1', version: '0', runtime: 'containerd' };
    writeFileSync(home.runFile, JSON.stringify(stale));
    const layout = containerdLayout(home.folder);
    mkdirSync(layout.state, { recursive: true });
    for (const socket of [home.controlSocket, layout.socket]) writeFileSync(socket, '');
    const record = { pid: 1, startTicks: 1, bootId: 'another', configHash: '' };
    writeFileSync(layout.processFile, JSON.stringify(record));
    expect((await cluster.proa(['status'])).stdout).toContain('proa is down');
    expect(await cluster.up()).toContain('is Ready');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/server', '--timeout=60s');
    expect(existsSync('/proc/1')).toBe(true);
  });
});

function restartsOf(pod: Pod): number {
  return containerStatus(pod).restartCount;
}

/** The text of a file; '' when it is not there. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
