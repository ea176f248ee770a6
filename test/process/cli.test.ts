import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { newCluster, startCluster, type TestCluster } from '../harness/cluster.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { Kubectl } from '../harness/kubectl.ts';
import { leftoversOf } from '../harness/leftovers.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { buildImages } from '../images/build.ts';
import { saveTar } from '../images/save-tar.ts';

const { file } = labKubectl();

/** Counts how often it ran in a volume, which is the pod's data. */
const COUNTER = `apiVersion: v1
kind: Pod
metadata: {name: counter}
spec:
  terminationGracePeriodSeconds: 1
  volumes:
  - name: data
    emptyDir: {}
  containers:
  - name: main
    image: busybox
    args: [sh, -c, 'echo run >> /data/runs; wc -l < /data/runs; sleep 600']
    volumeMounts:
    - {name: data, mountPath: /data}
`;

/** Root may raise priorities, but not root of every container. */
function mayPrefer(): boolean {
  const capabilities = /^CapEff:\t(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const SYS_NICE = 23n;
  return ((BigInt(`0x${capabilities}`) >> SYS_NICE) & 1n) === 1n;
}

describe('proa', () => {
  let folder: string;
  let cluster: TestCluster;
  let kubectl: Kubectl;

  beforeAll(async () => {
    const { mirrors } = await sharedCluster();
    folder = mkdtempSync(join(tmpdir(), 'proa-cli-'));
    cluster = await newCluster({ mirrors });
    kubectl = new Kubectl(file, cluster.home.kubeconfig, folder);
  });
  afterAll(async () => {
    if (existsSync(cluster.home.folder)) await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const pod = async (name: string): Promise<Pod> =>
    JSON.parse(await kubectl.ok('get', 'pod', name, '-o', 'json')) as Pod;
  const run = async (...args: string[]) => {
    const result = await cluster.proa(args);
    expect(result.code, result.stderr).toBe(0);
    return result.stdout;
  };

  it('says that a cluster is down before it was up', async () => {
    const { code, stdout } = await cluster.proa(['status']);
    expect([code, stdout]).toEqual([1, `proa is down (home ${cluster.home.folder})\n`]);
    expect((await cluster.proa(['kubeconfig'])).stderr).toContain("run 'proa up' first");
  });

  it('up prints its steps and what to type next; the node is Ready then', async () => {
    const said = await cluster.up();
    expect(said).toMatch(/- API .*\(\d+\.\d\d s\)/);
    expect(said).toMatch(/- node \S+ is Ready \(\d+\.\d\d s\)/);
    expect(said).toMatch(/kubectl .*get nodes\n.*kubectl .*run web --image=nginx/);
    expect(await kubectl.ok('get', 'nodes')).toMatch(/^\S+ +Ready +/m);
  });

  it('up again says so', async () => {
    expect(await cluster.up()).toMatch(/^proa is up already: https:\/\/127\.0\.0\.1:\d+, node /);
  });

  it('status tells addresses, versions, processes, memory and uptime', async () => {
    const status = JSON.parse(await run('status', '-o', 'json'));
    expect(status).toMatchObject({
      home: cluster.home.folder,
      state: 'up',
      nodeReady: true,
      runtime: 'containerd',
      kubernetes: expect.stringMatching(/^v1\.34\./),
      server: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(status.uptimeSeconds).toBeGreaterThanOrEqual(0);
    for (const pid of Object.values<number>(status.pids)) {
      expect(existsSync(`/proc/${pid}`)).toBe(true);
    }
    for (const bytes of Object.values<number>(status.memoryBytes)) {
      expect(bytes).toBeGreaterThan(1_000_000);
    }
    expect(await run('status')).toMatch(/^State: +up\nHome: /);
  });

  it('has the CPU before its containers', async () => {
    const { pids } = JSON.parse(await run('status', '-o', 'json'));
    const threads = readdirSync(`/proc/${pids.proa}/task`).map(Number);
    expect(new Set(threads.map((id) => getPriority(id)))).toEqual(new Set([mayPrefer() ? -10 : 0]));
    expect(getPriority(pids.containerd)).toBe(0);
  });

  it('kubectl ARGS runs kubectl with this cluster, and ends as it does', async () => {
    expect(await run('kubectl', '--', 'get', 'namespaces')).toMatch(/^kube-system +Active /m);
    expect(await run('kubectl', 'get', 'ns', '-o', 'name')).toContain('namespace/default\n');
    expect((await cluster.proa(['kubectl', 'get', 'pod', 'none'])).code).toBe(1);
  });

  it('merges a context into the kubeconfig, beside what is there', async () => {
    const config = join(folder, 'config');
    writeFileSync(
      config,
      'apiVersion: v1\nkind: Config\nclusters:\n- {name: other, cluster: {server: "https://x"}}\n',
    );
    const env = { KUBECONFIG: config };
    const up = await cluster.proa(['up'], { env });
    expect(up.code, up.stderr).toBe(0);
    const mine = new Kubectl(file, config, folder);
    expect(await mine.ok('config', 'get-clusters')).toMatch(/^other$/m);
    expect(await mine.ok('config', 'current-context')).toBe(`${cluster.home.name}\n`);
    expect(await mine.ok('get', 'nodes')).toContain('Ready');
  });

  it('image load puts an archive on the node, image ls shows it', async () => {
    const images = await buildImages();
    const image = images.find(({ name }) => name.includes('simpleservice'));
    const archive = join(folder, 'image.tar');
    await saveTar(image!, archive);
    expect(await run('image', 'load', archive)).toContain('mhausenblas/simpleservice:0.5.0');
    expect(await run('image', 'ls')).toContain('mhausenblas/simpleservice');
    await kubectl.ok(
      'run',
      'simple',
      '--image=mhausenblas/simpleservice:0.5.0',
      '--image-pull-policy=Never',
    );
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/simple', '--timeout=30s');
    const missing = await cluster.proa(['image', 'load', join(folder, 'none.tar')]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('none.tar')]);
  });

  it('down, then up, keeps objects, certificates and the data of pods', async () => {
    writeFileSync(join(folder, 'counter.yaml'), COUNTER);
    await kubectl.ok('apply', '-f', 'counter.yaml');
    await kubectl.ok('create', 'configmap', 'kept', '--from-literal=a=1');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/counter', '--timeout=30s');
    const before = await pod('counter');
    expect(await kubectl.ok('logs', 'counter')).toBe('1\n');
    const kubeconfig = readFileSync(cluster.home.kubeconfig, 'utf8');

    expect(await run('down')).toMatch(/^proa is down \(\d+\.\d s\); state is kept\n$/);
    expect(await run('down')).toBe('proa is down already\n');
    expect((await cluster.proa(['status'])).code).toBe(1);
    await expect(fetch(`http://${before.status?.podIP}/`)).rejects.toThrow();

    // No options this time: it remembers them.
    expect(await run('up', '--no-merge-kubeconfig')).toContain('is Ready');
    expect(readFileSync(cluster.home.kubeconfig, 'utf8')).toBe(kubeconfig);
    expect(await kubectl.ok('get', 'cm', 'kept', '-o', 'jsonpath={.data.a}')).toBe('1');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/counter', '--timeout=30s');
    await waitUntil('the second run', 20_000, async () => {
      return (await kubectl.ok('logs', 'counter')) === '2\n';
    });
    expect((await pod('counter')).metadata.uid).toBe(before.metadata.uid);
  });

  it('keeps what a cluster is made with', async () => {
    const { code, stderr } = await cluster.proa(['up', '--pod-cidr', '10.9.0.0/16']);
    // It is up: nothing is changed, and nothing fails.
    expect([code, stderr]).toEqual([0, '']);
    await run('down');
    const other = await cluster.proa(['up', '--pod-cidr', '10.9.0.0/16']);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^proa: this cluster was made with --pod-cidr 10\.\d+\.0\.0\/16/);
    await cluster.up();
  });

  it('backup while it runs, restore into a new cluster', async () => {
    const backup = join(folder, 'backup');
    expect(await run('backup', backup)).toContain(`backup written to ${backup}\n`);
    const running = await cluster.proa(['restore', backup]);
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining("'proa down'")]);
    const second = await newCluster({ runtime: 'sim' });
    try {
      const restored = await second.proa(['restore', backup]);
      expect(restored.stdout, restored.stderr).toMatch(/^restored \d+ objects/);
      await second.up();
      const other = new Kubectl(file, second.home.kubeconfig, folder);
      expect(await other.ok('get', 'cm', 'kept', '-o', 'jsonpath={.data.a}')).toBe('1');
    } finally {
      await second.remove();
    }
  });

  it('a second cluster runs beside it', async () => {
    const { mirrors } = await sharedCluster();
    const second = await startCluster({ mirrors });
    try {
      const other = new Kubectl(file, second.home.kubeconfig, folder);
      await other.ok('run', 'web', '--image=nginx');
      await other.ok('wait', '--for=condition=Ready', 'pod/web', '--timeout=30s');
      expect((await kubectl.run(['get', 'pod', 'web'])).stderr).toContain('not found');
      const ip = await other.ok('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
      expect(await (await fetch(`http://${ip}/`)).text()).toContain('nginx');
    } finally {
      await second.remove();
    }
    // The end of one is not the end of the other.
    expect(await kubectl.ok('get', 'nodes')).toContain(' Ready ');
    await kubectl.ok('run', 'after', '--image=nginx');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/after', '--timeout=30s');
  });

  it('logs shows what the daemon wrote, a JSON object a line', async () => {
    const lines = (await run('logs')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
  });

  it('delete leaves nothing: processes, mounts, links, tables, folders, context', async () => {
    const config = join(folder, 'config');
    const traces = cluster.traces();
    expect(traces.links.length).toBeGreaterThan(1);
    expect(leftoversOf(traces).some((each) => each.endsWith('/pause'))).toBe(true);
    const { code, stderr } = await cluster.proa(['delete'], { env: { KUBECONFIG: config } });
    expect(code, stderr).toBe(0);
    expect(leftoversOf(traces)).toEqual([]);
    expect(readFileSync(config, 'utf8')).not.toContain(cluster.home.name);
    expect(readFileSync(config, 'utf8')).toContain('name: other');
    const again = await cluster.proa(['delete'], { env: { KUBECONFIG: config } });
    expect(again.code, again.stderr).toBe(0);
  });
});

describe('proa, asked for what cannot be', () => {
  it.each([
    [['up', '--port', '99999'], /--port must be a number between 1 and 65535/],
    [['up', '--pod-cidr', '10.0.0.0/7'], /--pod-cidr must be an IPv4 range/],
    [['up', '--pod-cidr', '10.1.0.0/16', '--service-cidr', '10.1.8.0/24'], /overlap/],
    [['up', '--registry-mirror', 'docker.io'], /--registry-mirror must be HOST=URL/],
    [['up', '--node-name', 'Node_1'], /--node-name must be a lowercase DNS name/],
    [['up', '--runtime', 'docker'], /Allowed choices are containerd, sim/],
    [['rise'], /unknown command 'rise'/],
    [['restore', '/nowhere/backup'], /there is no file \/nowhere\/backup/],
    [['backup', '/tmp/x'], /'proa up' first/],
  ] as const)('%j is refused in a sentence', async (args, sentence) => {
    const cluster = await newCluster();
    try {
      const { code, stderr } = await cluster.proa(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(sentence);
      expect(stderr).not.toMatch(/^ +at /m);
    } finally {
      rmSync(cluster.home.folder, { recursive: true, force: true });
    }
  });

  it.each(['up', 'down', 'delete', 'status', 'kubeconfig', 'image', 'logs', 'backup', 'restore'])(
    '%s --help explains it',
    async (command) => {
      const cluster = await newCluster();
      const { code, stdout } = await cluster.proa([command, '--help']);
      rmSync(cluster.home.folder, { recursive: true });
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: proa ${command}`));
    },
  );
});
