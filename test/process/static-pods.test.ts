import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { homeAt } from '../../src/cli/home.ts';
import { isProcessAlive } from '../harness/container-process.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { containerStatus, inLab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();
let shared: Shared;

beforeAll(async () => {
  shared = await sharedCluster();
});

function manifest(namespace: string, text: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: static
  namespace: ${namespace}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: busybox
    args: ["sh", "-c", "echo ${text}; exec sleep 3600"]
`;
}

it('runs the pods of files, and follows the files', async () => {
  await inLab(shared.cluster, kubectl, 'static-pods', async (lab) => {
    const home = homeAt(lab.cluster.home.folder);
    const file = join(home.manifests, 'static-pods-test.yaml');
    onTestFinished(() => rmSync(file, { force: true }));
    const { items = [] } = JSON.parse(await lab.kubectl.ok('get', 'nodes', '-o', 'json'));
    const name = `static-${items[0].metadata.name}`;
    writeFileSync(file, manifest(lab.namespace, 'one'));
    const first = await lab.waitForReady(name);
    expect(await lab.kubectl.ok('logs', name)).toBe('one\n');
    const described = await lab.kubectl.ok('describe', 'pod', name);
    expect(described).toMatch(/Controlled By: +Node\//);
    expect(described).toContain('Started container main');

    // A mirror is but a picture: the container does not notice that it goes.
    await lab.kubectl.ok('delete', 'pod', name, '--wait=false');
    const again = await lab.waitForPod(
      name,
      'has come again',
      (pod) => pod.metadata.uid !== first.metadata.uid && pod.status?.phase === 'Running',
    );
    expect(containerStatus(again).containerID).toBe(containerStatus(first).containerID);

    const pid = await lab.pid(name);
    writeFileSync(file, manifest(lab.namespace, 'two'));
    const id = containerStatus(first).containerID;
    await lab.waitForPod(name, 'is another', (pod) => {
      const status = pod.status?.containerStatuses?.[0];
      return status?.ready === true && status.containerID !== id;
    });
    expect(await lab.kubectl.ok('logs', name)).toBe('two\n');
    expect(isProcessAlive(pid)).toBe(false);

    const last = await lab.pid(name);
    rmSync(file);
    await lab.waitForGone(name);
    await waitUntil('its process has ended', 15_000, () => !isProcessAlive(last));
  });
}, 120_000);
