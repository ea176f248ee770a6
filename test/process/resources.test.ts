import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../src/generated/types.ts';
import { cpuWeight } from '../../src/host/cgroups/cgroup-files.ts';
import { hierarchyOf, machineCgroupLayout } from '../../src/host/cgroups/cgroup-layout.ts';
import { containerdLayout } from '../../src/host/containerd/layout.ts';
import { ContainerCgroup } from '../harness/container-cgroup.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { containerStatus, inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();
const MIB = 2 ** 20;
const isUnified = hierarchyOf(machineCgroupLayout(), 'memory')?.version === 2;
/** What the kernel shows for shares. */
const weight = (shares: number) => String(isUnified ? cpuWeight(shares) : shares);

describe.concurrent('resources of pods', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `resources-${name}`, work);

  const sleeper = (resources: object, more: object = {}) => ({
    args: ['sleep', '600'],
    resources,
    ...more,
  });

  it(
    'are set in cgroups of the pods, below one for each class',
    lab('cgroups', async (lab) => {
      const root = `/proa-${containerdLayout(lab.cluster.home.folder).id}/kubepods`;
      const sure = { cpu: '100m', memory: '32Mi' };
      const cases = [
        ['guaranteed', sleeper({ requests: sure, limits: sure }), ''],
        [
          'burstable',
          sleeper({ requests: { cpu: '50m' }, limits: { memory: '64Mi' } }),
          '/burstable',
        ],
        ['best', sleeper({}), '/besteffort'],
      ] as const;
      const groups = new Map<string, ContainerCgroup>();
      for (const [name, container] of cases) await lab.createPod(name, container);
      for (const [name, , folder] of cases) {
        const { metadata } = await lab.waitForReady(name);
        const group = new ContainerCgroup(await lab.pid(name));
        groups.set(name, group);
        const id = containerStatus(await lab.pod(name)).containerID?.replace('containerd://', '');
        expect(group.path('memory')).toBe(`${root}${folder}/pod${metadata.uid}/${id}`);
      }
      const set = { weight: weight(102), quota: '10000', memory: String(32 * MIB) };
      expect(groups.get('guaranteed')?.limits()).toEqual(set);
      expect(groups.get('guaranteed')?.podLimits()).toEqual(set);
      expect(groups.get('burstable')?.podLimits()).toMatchObject({
        weight: weight(51),
        memory: String(64 * MIB),
      });
      expect(groups.get('best')?.podLimits().weight).toBe(weight(2));
      // Who is killed first when memory runs out; not below what this process may give away.
      const score = Number(readFileSync(`/proc/${await lab.pid('best')}/oom_score_adj`, 'utf8'));
      expect(score).toBe(1000);
      await lab.kubectl.ok('delete', 'pod', '--all', '--now');
      const memory = hierarchyOf(machineCgroupLayout(), 'memory')?.mount ?? '';
      for (const group of groups.values()) {
        const folder = join(memory, group.path('memory'), '..');
        await waitUntil(`${folder} is gone`, 60_000, () => !existsSync(folder));
      }
    }),
  );

  it(
    'of a whole pod bound its containers together',
    lab('pod-level', async (lab) => {
      const resources = { requests: { cpu: '50m' }, limits: { cpu: '200m', memory: '48Mi' } };
      await lab.createPod('whole', sleeper({}), { resources });
      await lab.waitForReady('whole');
      const group = new ContainerCgroup(await lab.pid('whole'));
      const limits = { quota: '20000', memory: String(48 * MIB) };
      expect(group.podLimits()).toEqual({ weight: weight(51), ...limits });
      expect(group.limits()).toMatchObject(limits);
    }),
  );

  it(
    'are changed while the pod runs',
    lab('resize', async (lab) => {
      const restart = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
      const before = {
        requests: { cpu: '50m', memory: '32Mi' },
        limits: { cpu: '100m', memory: '32Mi' },
      };
      await lab.createPod('grows', sleeper(before, { resizePolicy: restart }));
      await lab.waitForReady('grows');
      const resize = async (resources: object) => {
        const spec = { containers: [{ name: 'main', resources }] };
        const patch = JSON.stringify({ spec });
        await lab.kubectl.ok('patch', 'pod', 'grows', '--subresource', 'resize', '-p', patch);
      };
      const pid = await lab.pid('grows');
      await resize({ requests: { cpu: '200m' }, limits: { cpu: '300m' } });
      await lab.waitForPod('grows', 'has its processors', (pod) => {
        return containerStatus(pod).resources?.limits?.cpu === '300m';
      });
      expect(await lab.pid('grows')).toBe(pid);
      const group = new ContainerCgroup(pid);
      const set = { weight: weight(204), quota: '30000', memory: String(32 * MIB) };
      expect(group.limits()).toEqual(set);
      expect(group.podLimits()).toEqual(set);
      await resize({ requests: { memory: '48Mi' }, limits: { memory: '48Mi' } });
      await lab.waitForPod('grows', 'was restarted', (pod) => {
        const { resources, restartCount, state } = containerStatus(pod);
        const isSet = resources?.limits?.memory === '48Mi';
        return isSet && restartCount === 1 && state?.running !== undefined;
      });
      const next = new ContainerCgroup(await lab.pid('grows'));
      expect(next.limits().memory).toBe(String(48 * MIB));
      expect(next.podLimits().memory).toBe(String(48 * MIB));
      await lab.waitForEvent('grows', 'Killing', 'Container main resize requires restart');
      await resize({ requests: { cpu: '400' }, limits: { cpu: '500' } });
      await lab.waitForPod('grows', 'cannot have that', (pod) => {
        const pending = pod.status?.conditions?.find(({ type }) => type === 'PodResizePending');
        return pending?.reason === 'Infeasible';
      });
    }),
  );

  it(
    'take memory from a running container, but not what it uses',
    lab('less-memory', async (lab) => {
      const script = 'head -c 24m /dev/zero > /data/file; sleep 600';
      const container = {
        args: ['sh', '-c', script],
        resources: { limits: { memory: '96Mi' }, requests: { memory: '8Mi' } },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      };
      const volumes = [{ name: 'data', emptyDir: { medium: 'Memory' } }];
      await lab.createPod('gives', container, { volumes });
      await lab.waitForReady('gives');
      const group = new ContainerCgroup(await lab.pid('gives'));
      const limit = async (memory: string) => {
        const spec = { containers: [{ name: 'main', resources: { limits: { memory } } }] };
        const patch = JSON.stringify({ spec });
        await lab.kubectl.ok('patch', 'pod', 'gives', '--subresource', 'resize', '-p', patch);
      };
      const limitsOf = (pod: Pod) => containerStatus(pod).resources?.limits;
      await limit('64Mi');
      await lab.waitForPod('gives', 'has less', (pod) => limitsOf(pod)?.memory === '64Mi');
      expect(group.limits().memory).toBe(String(64 * MIB));
      expect(group.podLimits().memory).toBe(String(64 * MIB));
      await waitUntil('the memory is in use', 30_000, async () =>
        (await lab.kubectl.ok('exec', 'gives', '--', 'ls', '-l', '/data/file')).includes(
          String(24 * MIB),
        ),
      );
      await limit('16Mi');
      const pod = await lab.waitForPod('gives', 'cannot have so little', ({ status }) => {
        const isRefused = ({ type = '', reason = '' }) =>
          type === 'PodResizeInProgress' && reason === 'Error';
        return (status?.conditions ?? []).some(isRefused);
      });
      expect(limitsOf(pod)).toEqual({ memory: '64Mi' });
      expect(containerStatus(pod).restartCount).toBe(0);
      await lab.waitForEvent(
        'gives',
        'ResizeError',
        /memory limit \(16777216\) below current usage/,
      );
    }),
  );

  it(
    'in use are shown by kubectl top',
    lab('top', async (lab) => {
      const busy = {
        args: ['sh', '-c', 'while :; do :; done'],
        resources: { limits: { cpu: '100m' } },
      };
      const containers = [
        { name: 'busy', image: 'busybox', ...busy },
        { name: 'idle', image: 'busybox', args: ['sleep', '600'] },
      ];
      await lab.createPod('works', {}, { containers });
      await lab.waitForReady('works');
      const { kubectl } = lab;
      expect(await kubectl.ok('top', 'pod', '--containers', '--sort-by=cpu')).toMatch(
        /POD +NAME +CPU\(cores\) +MEMORY\(bytes\)\s+works +busy +[1-9]\d*m +\d+Mi\s+works +idle +\dm +\d+Mi/,
      );
      expect(await kubectl.ok('top', 'pod', 'works')).toMatch(/works +[1-9]\d*m +\d+Mi/);
      expect(await kubectl.ok('top', 'node')).toMatch(/ +[1-9]\d*m +\d+% +[1-9]\d*Mi +[1-9]\d*%/);
      expect(await kubectl.fails('top', 'pod', 'none')).toContain('not found');
      const [node] = (await lab.api.get<{ items: Node[] }>('/api/v1/nodes'))!.items;
      const path = `/api/v1/nodes/${node?.metadata.name}/proxy/stats/summary`;
      const summary = JSON.parse(await kubectl.ok('get', '--raw', path));
      const pod = summary.pods.find(
        ({ podRef }: { podRef: Record<string, string> }) =>
          podRef.name === 'works' && podRef.namespace === lab.namespace,
      );
      expect(pod.containers.map(({ name }: { name: string }) => name).sort()).toEqual([
        'busy',
        'idle',
      ]);
      expect(pod.cpu.usageNanoCores).toBeGreaterThan(0);
      expect(pod.memory.workingSetBytes).toBeGreaterThan(0);
      expect(pod['ephemeral-storage'].usedBytes).toBeGreaterThanOrEqual(0);
      expect(summary.node.fs.usedBytes).toBeGreaterThan(0);
    }),
  );

  it(
    'that the node does not have keep a pod waiting, and say so',
    lab('missing', async (lab) => {
      const pages = { limits: { 'hugepages-2Mi': '4Mi', memory: '8Mi' } };
      await lab.createPod('huge', sleeper(pages));
      await lab.waitForEvent('huge', 'FailedScheduling', /Insufficient hugepages-2Mi/);
      await lab.createPod('device', sleeper({ limits: { 'example.com/device': '1' } }));
      await lab.waitForEvent('device', 'FailedScheduling', /Insufficient example\.com\/device/);
      await lab.createPod('large', sleeper({ requests: { 'ephemeral-storage': '900Ti' } }));
      await lab.waitForEvent('large', 'FailedScheduling', /Insufficient ephemeral-storage/);
    }),
  );
});
