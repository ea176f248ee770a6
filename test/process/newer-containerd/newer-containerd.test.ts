import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/generated/types.ts';
import { containerStatus, type Lab } from '../../harness/lab.ts';
import { runCommand } from '../../harness/run-command.ts';
import { buildImages } from '../../images/build.ts';
import { saveTar } from '../../images/save-tar.ts';
import {
  containerdPid,
  daemonPid,
  type FaultCluster,
  faultCluster,
  kill,
} from '../faults/fault-cluster.ts';
import { fetchContainerd } from './fetch-containerd.ts';

/** Debian 13; its containerd runs on Debian 12 as well. */
const SUITE = 'trixie';

describe('the containerd of the next Debian', () => {
  let programs: string;
  let fault: FaultCluster;
  let lab: Lab;

  beforeAll(async () => {
    programs = await fetchContainerd(SUITE);
    fault = await faultCluster('newer');
    ({ lab } = fault);
  });

  afterAll(async () => fault?.close());

  it('takes over the pods of the one before it', async () => {
    const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 };
    await lab.createPod('kept', { image: 'nginx', readinessProbe });
    const before = containerStatus(await lab.waitForReady('kept'));
    await kill(daemonPid(fault.cluster));
    await kill(containerdPid(fault.cluster));
    await fault.cluster.up({ env: { PATH: `${programs}:${process.env.PATH}` } });

    const { stdout } = await runCommand(join(programs, 'containerd'), ['--version']);
    const version = /(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
    const nodes = await lab.api.get<{ items: Node[] }>('/api/v1/nodes');
    const { containerRuntimeVersion } = nodes?.items[0]?.status?.nodeInfo ?? {};
    expect(containerRuntimeVersion).toMatch(`containerd://${version}`);
    const { containerID, restartCount } = containerStatus(await lab.waitForReady('kept'));
    expect({ containerID, restartCount }).toEqual({
      containerID: before.containerID,
      restartCount: 0,
    });
    expect(await lab.kubectl.ok('exec', 'kept', '--', 'echo', 'here')).toBe('here\n');
  });

  it('runs pods: probes, logs, exec, restarts, limits, and their end', async () => {
    const script = 'echo begun; while [ ! -f /tmp/end ]; do sleep 0.1; done; exit 3';
    await lab.createPod('own', {
      args: ['sh', '-c', script],
      readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
      resources: { limits: { memory: '32Mi', cpu: '500m' } },
    });
    await lab.waitForReady('own');
    expect(await lab.kubectl.ok('logs', 'own')).toBe('begun\n');
    const { code, stderr } = await lab.kubectl.run(['exec', 'own', '--', 'sh', '-c', 'exit 7']);
    expect([code, stderr]).toEqual([7, 'command terminated with exit code 7\n']);
    await lab.kubectl.ok('exec', 'own', '--', 'touch', '/tmp/end');
    await lab.waitForPod('own', 'is restarted', (pod) => {
      const { restartCount, lastState, ready } = containerStatus(pod);
      return ready && restartCount === 1 && lastState?.terminated?.exitCode === 3;
    });
    // Not at once: with cgroups v1 a shim begins to watch for it when the process has begun.
    const eats = { args: ['sh', '-c', 'sleep 1; head -c 64m /dev/zero | tail'] };
    const limits = { resources: { limits: { memory: '16Mi' } } };
    await lab.createPod('greedy', { ...eats, ...limits }, { restartPolicy: 'Never' });
    const greedy = containerStatus(await lab.waitForPhase('greedy', 'Failed'));
    expect(greedy.state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    await lab.kubectl.ok('delete', 'pod', 'kept', 'own', 'greedy');
  });

  it('loads the images of an archive', async () => {
    const name = 'docker.io/mhausenblas/simpleservice:0.5.0';
    const image = (await buildImages()).find((built) => built.name === name)!;
    const folder = mkdtempSync(join(tmpdir(), 'proa-newer-'));
    try {
      const archive = join(folder, 'image.tar');
      await saveTar(image, archive);
      const { stdout } = await fault.cluster.proa(['image', 'load', archive]);
      expect(stdout).toContain(name);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
