import { beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();

function manifest(replicas: number): string {
  return `
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: busybox
        command: [sh, -c, 'echo I am $HOSTNAME; sleep 3600']
`;
}

/** Applies the set and waits until all its pods are ready. */
async function scaleTo(lab: Lab, replicas: number): Promise<void> {
  await lab.apply('web.yaml', manifest(replicas));
  const ready = `--for=jsonpath={.status.availableReplicas}=${replicas}`;
  await lab.kubectl.ok('wait', ready, 'rs/web', '--timeout=60s');
}

async function podNames(lab: Lab): Promise<string[]> {
  const stdout = await lab.kubectl.ok('get', 'pods', '-o', 'name');
  return stdout.split('\n').filter((name) => name !== '');
}

/** Waits until these pods are left, or as many. */
function waitForPods(lab: Lab, wanted: readonly string[] | number): Promise<string[]> {
  let last: string[] = [];
  return waitUntil(
    `pods are ${wanted}`,
    60_000,
    async () => {
      last = await podNames(lab);
      const isSo =
        typeof wanted === 'number' ? last.length === wanted : last.join() === wanted.join();
      return isSo && last;
    },
    () => `they were ${last}`,
  );
}

describe.concurrent('replica sets on real containers', () => {
  let shared: Shared;
  beforeAll(async () => {
    shared = await sharedCluster();
  });

  it('keep their pods, and kubectl finds these by the set', () =>
    inLab(shared.cluster, kubectl, 'replica-set', async (lab) => {
      await scaleTo(lab, 2);
      const [first = ''] = await podNames(lab);
      expect(await lab.kubectl.ok('get', 'rs')).toMatch(/web +2 +2 +2 +/);
      expect(await lab.kubectl.ok('logs', 'rs/web')).toContain('I am web-');
      await lab.kubectl.ok('delete', first);
      await scaleTo(lab, 2);
      expect(await waitForPods(lab, 2)).not.toContain(first);
      const described = await lab.kubectl.ok('describe', 'rs', 'web');
      expect(described).toMatch(/2 current \/ 2 desired/);
      expect(described).toMatch(/SuccessfulCreate .* replicaset-controller +Created pod: web-/);
      await scaleTo(lab, 1);
      await waitForPods(lab, 1);
      await lab.kubectl.ok('delete', 'rs', 'web');
      await waitForPods(lab, 0);
    }));

  it('leave their pods to whoever comes next, or take them along', () =>
    inLab(shared.cluster, kubectl, 'replica-set-cascade', async (lab) => {
      await scaleTo(lab, 2);
      const pods = await podNames(lab);
      await lab.kubectl.ok('delete', 'rs', 'web', '--cascade=orphan');
      await scaleTo(lab, 2);
      expect(await podNames(lab)).toEqual(pods);
      await lab.kubectl.ok('delete', 'rs', 'web', '--cascade=foreground');
      expect(await podNames(lab)).toEqual([]);
    }));
});
