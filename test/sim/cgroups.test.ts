import { afterEach, beforeEach, expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import { isReady, SimNode } from './sim-node.ts';

const BASE = '/proa/kubepods';
let node: SimNode;

beforeEach(async () => {
  node = await SimNode.start([
    { name: 'web', script: 'serve 80' },
    { name: 'job', script: 'sleep 1' },
  ]);
});

afterEach(() => node.stopKubelet());

const run = async (name: string, resources: object) => {
  await node.createPod(name, { containers: [{ name: 'c', image: 'web', resources }] });
  return node.until(name, isReady);
};

test('each pod has a cgroup of its class, made before its sandbox and removed after it', async () => {
  const sure = { cpu: '500m', memory: '64Mi' };
  const guaranteed = await run('guaranteed', { requests: sure, limits: sure });
  const burstable = await run('burstable', { requests: { cpu: '250m' } });
  const best = await run('best', {});
  const path = ({ metadata }: { metadata: { uid?: string } }) => `pod${metadata.uid}`;
  expect(Object.fromEntries(node.cgroups.groups)).toEqual({
    [BASE]: { cpuShares: 4096, memoryLimitBytes: 8 * 2 ** 30 },
    [`${BASE}/burstable`]: { cpuShares: 256 },
    [`${BASE}/besteffort`]: { cpuShares: 2 },
    [`${BASE}/${path(guaranteed)}`]: {
      cpuShares: 512,
      cpuQuotaUs: 50_000,
      cpuPeriodUs: 100_000,
      memoryLimitBytes: 64 * 2 ** 20,
    },
    [`${BASE}/burstable/${path(burstable)}`]: { cpuShares: 256 },
    [`${BASE}/besteffort/${path(best)}`]: { cpuShares: 2 },
  });
  for (const name of ['guaranteed', 'burstable', 'best']) {
    await node.client.delete(pods, name, 'default', { gracePeriodSeconds: 0 });
  }
  await node.clock.advance(3_000);
  expect([...node.cgroups.groups.keys()].filter((group) => group.includes('/pod'))).toEqual([]);
  expect(node.cgroups.groups.get(`${BASE}/burstable`)).toEqual({ cpuShares: 2 });
});

test('the cgroup of a pod that has ended is removed, though the pod stays', async () => {
  const containers = [{ name: 'c', image: 'job', resources: { requests: { cpu: '1' } } }];
  await node.createPod('job', { containers, restartPolicy: 'Never' });
  await node.until('job', ({ status }) => status?.phase === 'Succeeded');
  await node.clock.advance(1_000);
  expect([...node.cgroups.groups.keys()].filter((group) => group.includes('/pod'))).toEqual([]);
  expect(node.cgroups.groups.get(`${BASE}/burstable`)).toEqual({ cpuShares: 2 });
});

test('a cgroup that a crash left behind is removed, and shares are counted anew', async () => {
  await run('burstable', { requests: { cpu: '500m' } });
  await node.stopKubelet();
  await node.cgroups.set(`${BASE}/besteffort/podgone`, { cpuShares: 2 });
  node.startKubelet();
  await node.clock.advance(60_000);
  expect(node.cgroups.groups.has(`${BASE}/besteffort/podgone`)).toBe(false);
  await run('another', { requests: { cpu: '500m' } });
  expect(node.cgroups.groups.get(`${BASE}/burstable`)).toEqual({ cpuShares: 1024 });
});

test('a cgroup that cannot be made is told, and tried again', async () => {
  node.cgroups.failure = 'no space left on device';
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.clock.advance(1_000);
  expect(await node.events('p')).toContainEqual(
    expect.stringMatching(
      /^FailedCreatePodContainer: unable to ensure pod container exists: no space left on device/,
    ),
  );
  node.cgroups.failure = '';
  await node.until('p', isReady);
});
