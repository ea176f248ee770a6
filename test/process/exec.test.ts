import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { hostClock } from '../../src/host/clock.ts';
import { ContainerHost } from '../../src/host/containerd/container-host.ts';
import { parseMirror } from '../../src/host/containerd/mirrors.ts';
import { commandLine, readAllStats } from '../../src/host/process-stat.ts';
import { newContainerConfig, newSandboxConfig } from '../harness/runtime-configs.ts';
import { startRegistry, type TestRegistry } from '../images/registry.ts';

/** What a busy machine may add to any call; a stall lasts 30 s. */
const SLACK_MS = 20_000;
/** Names the processes of the commands that hang. */
const HANG_SECONDS = '98765';

const home = mkdtempSync(join(tmpdir(), 'proa-exec-'));
const stop = new AbortController();
let registry: TestRegistry;
let host: ContainerHost;
let imageId: string;

beforeAll(async () => {
  registry = await startRegistry(stop.signal);
  host = new ContainerHost({
    home,
    podCidr: '10.201.9.0/24',
    clusterCidr: '10.201.9.0/24',
    mirrors: registry.mirrors.map(parseMirror),
    clock: hostClock,
    log: silentLog,
  });
  await host.start(stop.signal);
  imageId = await host.runtime.pullImage('busybox', null, new AbortController().signal);
});

afterAll(async () => {
  stop.abort();
  await host?.destroy();
  await registry?.stopped;
  rmSync(home, { recursive: true, force: true });
});

async function run(): Promise<{ sandbox: string; id: string }> {
  const config = newSandboxConfig(home, host.cgroupRoot);
  const sandbox = await host.runtime.runSandbox(config);
  const container = newContainerConfig(imageId, ['sleep', '54321']);
  const id = await host.runtime.createContainer(sandbox, container, config);
  await host.runtime.startContainer(id);
  return { sandbox, id };
}

/** How long `work` took, in ms. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

describe('many commands at once', () => {
  it('come back each within its time, while containers start and stop', async () => {
    const pods = await Promise.all([run(), run(), run()]);
    const { runtime } = host;
    const loop = async (rounds: number, once: (round: number) => Promise<number>) => {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) times.push(await once(round));
      return Math.max(...times);
    };
    const quick = (i: number) =>
      loop(12, (round) =>
        timed(async () => {
          const { id } = pods[i % pods.length]!;
          const result = await runtime.exec(id, ['echo', `${i}-${round}`], 30_000);
          expect(Buffer.from(result.output).toString()).toBe(`${i}-${round}\n`);
          expect(result).toMatchObject({ exitCode: 0, timedOut: false });
        }),
      );
    const hanging = (i: number) =>
      loop(4, () =>
        timed(async () => {
          const { id } = pods[i % pods.length]!;
          const command = ['sh', '-c', `sleep ${HANG_SECONDS} & sleep ${HANG_SECONDS}; true`];
          expect((await runtime.exec(id, command, 500)).timedOut).toBe(true);
        }),
      );
    const living = () =>
      loop(4, () =>
        timed(async () => {
          const { id, sandbox } = await run();
          expect((await runtime.exec(id, ['true'], 30_000)).exitCode).toBe(0);
          await runtime.stopContainer(id, 0);
          await runtime.removeContainer(id);
          await runtime.stopSandbox(sandbox);
          await runtime.removeSandbox(sandbox);
        }),
      );
    const slowest = await Promise.all([
      ...Array.from({ length: 16 }, (_, i) => quick(i)),
      ...Array.from({ length: 8 }, (_, i) => hanging(i)),
      living(),
      living(),
    ]);
    expect(slowest.filter((ms) => ms > SLACK_MS)).toEqual([]);
    const left = readAllStats().filter(({ pid }) => commandLine(pid).includes(HANG_SECONDS));
    expect(left).toEqual([]);
    for (const { id } of pods) {
      expect(await timed(() => runtime.stopContainer(id, 1000))).toBeLessThan(SLACK_MS);
    }
  });
});
