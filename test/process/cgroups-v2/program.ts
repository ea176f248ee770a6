import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { machineCgroupLayout } from '../../../src/host/cgroups/cgroup-layout.ts';
import { HostCgroups } from '../../../src/host/cgroups/host-cgroups.ts';
import { removeCgroups } from '../../../src/host/cgroups/remove-cgroups.ts';

/** What `cgroups-v2.test.ts` runs under a kernel with cgroups v2: prints what it found as JSON. */
const MIB = 2 ** 20;
const MOUNT = '/sys/fs/cgroup';
const POD = '/proa-1/kubepods/burstable/podA';
const CONTAINER = `${POD}/c`;
const EATER =
  'process.stdin.once("data", () => { const all = []; for (;;) all.push(Buffer.alloc(1e6, 1)); })';

const layout = machineCgroupLayout();
const cgroups = new HostCgroups(layout);
const read = (path: string) => readFileSync(`${MOUNT}${path}`, 'utf8').trim();

/** A process in the container's group. */
async function processInside(code: string) {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  writeFileSync(`${MOUNT}${CONTAINER}/cgroup.procs`, String(child.pid));
  return child;
}

async function findOut(): Promise<object> {
  await cgroups.set('/proa-1/kubepods', { cpuShares: 2048, memoryLimitBytes: 256 * MIB });
  await cgroups.set(POD, {
    cpuShares: 512,
    cpuQuotaUs: 50_000,
    cpuPeriodUs: 100_000,
    memoryLimitBytes: 96 * MIB,
  });
  await cgroups.set(CONTAINER, { memoryLimitBytes: 64 * MIB });
  const files = ['cpu.weight', 'cpu.max', 'memory.max'].map((file) => read(`${POD}/${file}`));
  writeFileSync(`${MOUNT}${CONTAINER}/memory.oom.group`, '1');
  const eater = await processInside(EATER);
  eater.stdin.write('eat');
  const [, signal] = await once(eater, 'exit');
  const events = read(`${CONTAINER}/memory.events`);
  const waiter = await processInside('process.stdin.resume()');
  const usage = await cgroups.usage(POD);
  const busy = await cgroups.remove(POD).catch((error: NodeJS.ErrnoException) => error.code);
  waiter.kill('SIGKILL');
  await once(waiter, 'exit');
  await cgroups.set(POD, { cpuQuotaUs: -1, cpuPeriodUs: 100_000, memoryLimitBytes: -1 });
  const lifted = ['cpu.max', 'memory.max'].map((file) => read(`${POD}/${file}`));
  const listed = await cgroups.list('/proa-1/kubepods/burstable');
  await cgroups.remove(POD);
  removeCgroups('/proa-1', layout);
  return {
    isUnified: cgroups.isUnified,
    files,
    signal,
    wasKilled: /^oom_group_kill 1$/m.test(events),
    isCounted: usage !== null && usage.cpuNanos > 0 && usage.workingSetBytes > 0,
    processes: usage?.processes,
    busy,
    lifted,
    listed,
    isGone: !existsSync(`${MOUNT}/proa-1`),
    isMoved: existsSync(`${MOUNT}/init`),
  };
}

const found = await findOut().catch((error) => ({ error: String(error) }));
console.log(`found ${process.argv[2]} ${JSON.stringify(found)}`);
