import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCluster, type TestCluster } from '../harness/cluster.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { Kubectl } from '../harness/kubectl.ts';

describe('proa up --runtime sim, as nobody in particular', () => {
  let folder: string;
  let cluster: TestCluster;
  let kubectl: Kubectl;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'proa-sim-'));
    cluster = await newCluster({ runtime: 'sim', asNobody: true });
    await cluster.up();
    kubectl = new Kubectl(labKubectl().file, cluster.home.kubeconfig, folder);
  });
  afterAll(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves a node and pods to a real kubectl', async () => {
    expect(await kubectl.ok('get', 'nodes')).toMatch(/^\S+ +Ready +/m);
    await kubectl.ok('run', 'web', '--image=nginx');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/web', '--timeout=30s');
    expect(await kubectl.ok('get', 'pods', '-o', 'wide')).toMatch(
      /^web +1\/1 +Running +0 +\S+ +10\./m,
    );
    expect(await kubectl.ok('describe', 'pod', 'web')).toMatch(/Normal +Started +\S+ +kubelet/);
  });

  it('runs commands and forwards ports to simulated containers', async () => {
    expect(await kubectl.ok('exec', 'web', '--', 'echo', 'hello')).toBe('hello\n');
    const shell = await kubectl.run(['exec', '-i', 'web', '--', 'sh'], { input: 'exit 4\n' });
    expect(shell.code).toBe(4);
    const tunnel = kubectl.start('port-forward', 'web', ':80');
    const said = await tunnel.waitFor(/127\.0\.0\.1:\d+ -> 80/, 30_000);
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(said)!;
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await tunnel.stop();
  });

  it('status says what it is', async () => {
    const { stdout } = await cluster.proa(['status', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'up', runtime: 'sim', nodeReady: true });
  });

  it('real containers are refused without root, in one sentence', async () => {
    const other = await newCluster({ asNobody: true });
    const { code, stderr } = await other.proa(['up', ...other.upArgs]);
    rmSync(other.home.folder, { recursive: true });
    expect([code, stderr]).toEqual([
      1,
      'proa: real containers need root (try sudo); ' +
        'without it the API and simulated pods still work: proa up --runtime sim\n',
    ]);
  });
});
