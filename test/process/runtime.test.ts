import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { hostClock } from '../../src/host/clock.ts';
import { ContainerHost } from '../../src/host/containerd/container-host.ts';
import { containerdLayout } from '../../src/host/containerd/layout.ts';
import { parseMirror } from '../../src/host/containerd/mirrors.ts';
import { CRI } from '../../src/host/cri/cri-messages.ts';
import { Channel } from '../../src/host/grpc/channel.ts';
import { HostPodFiles } from '../../src/host/pod-files/host-pod-files.ts';
import { readStat } from '../../src/host/process-stat.ts';
import type {
  ContainerConfig,
  ContainerStatus,
  RuntimeEvent,
  SandboxConfig,
} from '../../src/kubelet/runtime.ts';
import { newContainerConfig, newSandboxConfig } from '../harness/runtime-configs.ts';
import { startRegistry, type TestRegistry } from '../images/registry.ts';
import { saveTar } from '../images/save-tar.ts';

const WAIT_MS_MAX = 20_000;

// A socket's path has at most 107 bytes: a long home must not matter.
const parent = mkdtempSync(join(tmpdir(), 'proa-runtime-'));
const home = join(parent, 'a-rather-long-name-of-a-home-folder/'.repeat(4));
const controllers: AbortController[] = [];
const registryStop = new AbortController();
let registry: TestRegistry;
let host: ContainerHost;
let imageId: string;

function makeHost(folder = home, podCidr = '10.201.7.0/24'): ContainerHost {
  const mirrors = registry.mirrors.map(parseMirror);
  const log = silentLog;
  return new ContainerHost({
    home: folder,
    podCidr,
    clusterCidr: podCidr,
    mirrors,
    clock: hostClock,
    log,
  });
}

async function start(which: ContainerHost): Promise<'started' | 'adopted'> {
  const controller = new AbortController();
  controllers.push(controller);
  return which.start(controller.signal);
}

async function until<T>(look: () => Promise<T | null | false>): Promise<T> {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`nothing within ${WAIT_MS_MAX} ms`);
    await pause(20);
  }
}

const sandboxConfig = (more: Partial<SandboxConfig> = {}) =>
  newSandboxConfig(home, host.cgroupRoot, more);
const containerConfig = (command: readonly string[], more: Partial<ContainerConfig> = {}) =>
  newContainerConfig(imageId, command, more);

/** A running container of one command, in a sandbox of its own. */
async function run(
  command: readonly string[],
  more: Partial<ContainerConfig> = {},
  sandboxMore: Partial<SandboxConfig> = {},
): Promise<{ sandbox: string; id: string; ip: string }> {
  const config = sandboxConfig(sandboxMore);
  const sandbox = await host.runtime.runSandbox(config);
  const id = await host.runtime.createContainer(sandbox, containerConfig(command, more), config);
  await host.runtime.startContainer(id);
  const [ip = ''] = (await host.runtime.sandboxStatus(sandbox)).ips;
  return { sandbox, id, ip };
}

async function ended(id: string): Promise<ContainerStatus> {
  return until(async () => {
    const status = await host.runtime.containerStatus(id);
    return status.state === 'exited' && status;
  });
}

const text = (output: Uint8Array) => Buffer.from(output).toString();
const sh = (script: string) => ['sh', '-c', script];

beforeAll(async () => {
  registry = await startRegistry(registryStop.signal);
  host = makeHost();
  expect(await start(host)).toBe('started');
  imageId = await host.runtime.pullImage('busybox', null, new AbortController().signal);
});

afterAll(async () => {
  for (const controller of controllers) controller.abort();
  await host.destroy();
  registryStop.abort();
  await registry?.stopped;
  rmSync(parent, { recursive: true, force: true });
});

describe('images', () => {
  it('finds a pulled image by name and by id', async () => {
    const image = await host.runtime.imageStatus('busybox');
    expect(image).toMatchObject({ id: imageId, tags: ['docker.io/library/busybox:latest'] });
    expect(image?.digests[0]).toMatch(/^docker.io\/library\/busybox@sha256:/);
    expect(await host.runtime.imageStatus(imageId)).toEqual(image);
    expect(await host.runtime.imageStatus('none:such')).toBeNull();
  });

  it('says why a pull failed', async () => {
    const { signal } = new AbortController();
    await expect(host.runtime.pullImage('no-such-image:1', null, signal)).rejects.toThrow(
      /^rpc error: code = (NotFound|Unknown) desc = failed to pull and unpack image "docker.io\/library\/no-such-image:1": /,
    );
  });

  it('imports a saved image and removes it again', async () => {
    const image = registry.images.find(({ name }) => name.includes('alpine'))!;
    const file = join(parent, 'image.tar');
    await saveTar(image, file);
    expect(await host.importImage(file)).toEqual([image.name]);
    await until(() => host.runtime.imageStatus(image.name));
    await host.runtime.removeImage(image.name);
    await host.runtime.removeImage(image.name);
    expect(await host.runtime.imageStatus(image.name)).toBeNull();
  });
});

describe('a container', () => {
  it('runs, tells of its end, and leaves log and exit code', async () => {
    const events: RuntimeEvent[] = [];
    const controller = new AbortController();
    host.runtime.subscribe((event) => events.push(event), controller.signal);
    await until(async () => events.some(({ type }) => type === 'lost'));
    const { id, sandbox } = await run(sh('echo $GREETING; exit 3'));
    await until(async () => events.some((event) => event.type === 'exited' && event.id === id));
    // At once: the event comes when the status shows the end.
    const status = await host.runtime.containerStatus(id);
    expect(status).toMatchObject({ state: 'exited', exitCode: 3, reason: 'Error', imageId });
    expect(status.sandboxId).toBe(sandbox);
    expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt);
    expect(events).toContainEqual({ type: 'started', id });
    controller.abort();

    const files = new HostPodFiles(home, hostClock);
    const lines: string[] = [];
    const options = { follow: true, timestamps: false, stream: 'all' } as const;
    const { signal } = new AbortController();
    for await (const chunk of files.readLog(status.logPath, options, signal, () => true)) {
      lines.push(text(chunk));
    }
    expect(lines.join('')).toBe('hello\n');
  });

  it('is killed when it takes too much memory', async () => {
    const resources = { memoryLimitBytes: 16 * 1024 * 1024, oomScoreAdj: 1000 };
    const { id } = await run(sh('tail /dev/zero; sleep 1000'), { resources });
    const alone = await run(['tail', '/dev/zero'], { resources });
    expect(await ended(alone.id)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    await host.runtime.stopContainer(id, 0);
  });

  it.each([
    ['its shim is started', ''],
    ['its task is made', 'address'],
  ])('is told from one that failed when its caller goes away while %s', async (_, file) => {
    const config = sandboxConfig();
    const sandbox = await host.runtime.runSandbox(config);
    const id = await host.runtime.createContainer(sandbox, containerConfig(sh('sleep 9')), config);
    const { socket, state } = containerdLayout(home);
    const bundle = join(state, 'io.containerd.runtime.v2.task', 'k8s.io', id);
    const caller = new Channel({ path: socket });
    const starting = caller.unary(CRI.startContainer, { containerId: id }, { timeoutMs: 60_000 });
    const outcome = starting.catch((error: Error) => error.message);
    // The moment is short: a look in each turn finds it.
    while (!existsSync(join(bundle, file))) await turn();
    caller.close();
    expect(await outcome).toBe('connection closed before the call ended');
    const { exitCode, isStartCutOff, message, reason } = await ended(id);
    expect([reason, exitCode, isStartCutOff], message).toEqual(['StartError', 128, true]);
    await host.runtime.removeContainer(id);
  });

  it('is stopped by SIGTERM, or killed when that is not enough', async () => {
    const polite = await run(sh("trap 'exit 5' TERM; while true; do sleep 0.05; done"));
    await host.runtime.stopContainer(polite.id, 10_000);
    expect((await ended(polite.id)).exitCode).toBe(5);
    const deaf = await run(sh("trap '' TERM; while true; do sleep 0.05; done"));
    await host.runtime.stopContainer(deaf.id, 1000);
    expect((await ended(deaf.id)).exitCode).toBe(137);
  });

  it('leaves what it wrote where it is found until it is removed', async () => {
    const { id } = await run(sh('echo text > /file'));
    await ended(id);
    const layer = await host.writableLayer(id);
    expect(readFileSync(join(layer ?? '', 'file'), 'utf8')).toBe('text\n');
    await host.runtime.removeContainer(id);
    expect(await host.writableLayer(id)).toBeUndefined();
  });

  it('is found in lists with labels and annotations, and gone when removed', async () => {
    const { id, sandbox } = await run(['sleep', '1000']);
    const listed = (await host.runtime.listContainers()).find((item) => item.id === id);
    expect(listed).toMatchObject({ sandboxId: sandbox, state: 'running', name: 'main' });
    const pods = await host.runtime.listSandboxes();
    expect(pods.find((item) => item.id === sandbox)).toMatchObject({
      ready: true,
      labels: { app: 'test' },
      annotations: { note: 'kept' },
    });
    for (let i = 0; i < 2; i++) {
      await host.runtime.stopContainer(id, 0);
      await host.runtime.removeContainer(id);
      await host.runtime.stopSandbox(sandbox);
      await host.runtime.removeSandbox(sandbox);
    }
    await expect(host.runtime.containerStatus(id)).rejects.toMatchObject({ code: 'notFound' });
  });

  it('is reached at its address and at a port of the node', async () => {
    const portMappings = [
      { protocol: 'TCP', containerPort: 80, hostPort: 18_931, hostIp: '' } as const,
    ];
    const { ip, sandbox } = await run(
      sh('mkdir /tmp/www; echo page > /tmp/www/x; exec httpd -f -p 80 -h /tmp/www'),
      {},
      { portMappings },
    );
    const page = async (where: string) =>
      until(async () => {
        const answer = await fetch(`http://${where}/x`).catch(() => null);
        return answer !== null && (await answer.text());
      });
    expect(await page(ip)).toBe('page\n');
    expect(await page('127.0.0.1:18931')).toBe('page\n');
    await host.runtime.stopSandbox(sandbox);
    await expect(fetch('http://127.0.0.1:18931/x')).rejects.toThrow('fetch failed');
  });
});

describe('exec', () => {
  let container: { id: string };
  beforeAll(async () => {
    container = await run(['sleep', '1000']);
  });
  const exec = (command: readonly string[], timeoutMs = 10_000) =>
    host.runtime.exec(container.id, command, timeoutMs);

  it('gives exit code and both outputs in their order', async () => {
    const result = await exec(sh('echo a; sleep 0.1; echo b >&2; sleep 0.1; echo c; exit 7'));
    expect([result.exitCode, text(result.output), result.timedOut]).toEqual([
      7,
      'a\nb\nc\n',
      false,
    ]);
  });

  it('keeps the first 10 KiB of an endless output', async () => {
    const { output, timedOut } = await exec(['yes'], 200);
    expect([output.length, timedOut]).toEqual([10 * 1024, true]);
  });

  it('kills everything a timed out command started, and leaves no zombie', async () => {
    const result = await exec(sh('(sleep 1234 & sleep 1235; true); true'), 300);
    expect(result.timedOut).toBe(true);
    const processes = text((await exec(['ps'])).output);
    expect(processes).not.toMatch(/123[45]|\[/);
  });

  it('says why a command does not start', async () => {
    await expect(exec(['no-such-program'])).rejects.toThrow(
      /^rpc error: code = Unknown desc = failed to exec in container: failed to start exec "exec-[0-9a-f-]+": OCI runtime exec failed: exec failed: unable to start container process: exec: "no-such-program": executable file not found in \$PATH(: unknown)?$/,
    );
  });

  it('fails in a container that has ended', async () => {
    const { id } = await run(['true']);
    await ended(id);
    await expect(host.runtime.exec(id, ['true'], 1000)).rejects.toThrow('rpc error: code = ');
  });

  it('runs many at a time', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => exec(sh(`echo ${i}`))));
    expect(results.map(({ output }) => text(output))).toEqual(results.map((_, i) => `${i}\n`));
  });
});

describe('pod files', () => {
  it('gives a pod memory-backed space of its size and takes it back', async () => {
    const files = new HostPodFiles(home, hostClock);
    const pod = { uid: 'files-1', name: 'files', namespace: 'default' };
    await files.preparePod(pod);
    const options = { medium: 'Memory', sizeLimitBytes: 1024 * 1024, fsGroup: 2000 };
    const hostPath = await files.emptyDir(pod.uid, 'cache', options);
    expect(await files.emptyDir(pod.uid, 'cache', options)).toBe(hostPath);
    const mounts = [
      { hostPath, containerPath: '/cache', readOnly: false, propagation: 'private' } as const,
    ];
    const { id } = await run(sh('dd if=/dev/zero of=/cache/x bs=64k 2>&1; ls -ld /cache'), {
      mounts,
    });
    await ended(id);
    const log = readFileSync((await host.runtime.containerStatus(id)).logPath, 'utf8');
    expect(log).toMatch(/No space left on device[\s\S]*drwxrwsrwx +2 +root +2000/);
    await host.runtime.removeContainer(id);
    await files.removePod(pod);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(hostPath);
  });
});

describe('containerd', () => {
  it('is adopted with its containers by the next process', async () => {
    const { id } = await run(['sleep', '1000']);
    const { pid } = host;
    for (const controller of controllers.splice(0)) controller.abort();
    host = makeHost();
    expect(await start(host)).toBe('adopted');
    expect(host.pid).toBe(pid);
    expect((await host.runtime.containerStatus(id)).state).toBe('running');
  });

  it('starts beside the containers that an ended one left', async () => {
    await host.stop();
    host = makeHost();
    expect(await start(host)).toBe('started');
    expect((await host.runtime.listContainers()).length).toBeGreaterThan(0);
  });

  it('comes back when it is killed, with its containers, and says that events were lost', async () => {
    const { id } = await run(['sleep', '1000']);
    const events: RuntimeEvent[] = [];
    const controller = new AbortController();
    host.runtime.subscribe((event) => events.push(event), controller.signal);
    await until(async () => events.length > 0);
    const { pid } = host;
    process.kill(pid!, 'SIGKILL');
    await until(async () => events.filter(({ type }) => type === 'lost').length > 1);
    expect(host.pid).not.toBe(pid);
    expect((await host.runtime.containerStatus(id)).state).toBe('running');
    expect((await host.runtime.exec(id, ['true'], 5000)).exitCode).toBe(0);
    controller.abort();
  });

  it('runs beside that of another home and leaves nothing of it', async () => {
    const folder = join(parent, 'second');
    const second = makeHost(folder, '10.201.8.0/24');
    expect(await start(second)).toBe('started');
    const { pid } = second;
    await second.runtime.pullImage('busybox', null, new AbortController().signal);
    const config = { ...sandboxConfig(), cgroupParent: `${second.cgroupRoot}/x` };
    const sandbox = await second.runtime.runSandbox(config);
    const id = await second.runtime.createContainer(
      sandbox,
      containerConfig(['sleep', '4321']),
      config,
    );
    await second.runtime.startContainer(id);
    controllers.pop()!.abort();
    await second.destroy();
    await second.destroy();
    const name = second.cgroupRoot.replace('/', '');
    expect(existsSync(`/run/${name}`)).toBe(false);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(name);
    expect(execFileSync('ip', ['link']).toString()).not.toContain(name.replace('-', ''));
    expect(execFileSync('nft', ['list', 'tables']).toString()).not.toContain(name.replace('-', ''));
    expect(existsSync(`/sys/fs/cgroup/memory/${name}`)).toBe(false);
    expect(readStat(pid!)?.zombie ?? true).toBe(true);
    expect((await host.runtime.listSandboxes()).length).toBeGreaterThan(0);
  });
});
