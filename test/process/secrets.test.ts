import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunFile } from '../../src/cli/run-file.ts';
import { newCluster, type TestCluster } from '../harness/cluster.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { Kubectl } from '../harness/kubectl.ts';
import { waitUntil } from '../harness/wait-until.ts';

const PASSWORD = 'w7Kp-ZQ2x-9vLd-mT4h';

describe('Secrets at rest', () => {
  let folder: string;
  let cluster: TestCluster;
  let kubectl: Kubectl;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'proa-secrets-'));
    cluster = await newCluster({ runtime: 'sim' });
    await cluster.up();
    kubectl = new Kubectl(labKubectl().file, cluster.home.kubeconfig, folder);
    await kubectl.ok('create', 'secret', 'generic', 'db', `--from-literal=password=${PASSWORD}`);
    await kubectl.ok('create', 'configmap', 'open', '--from-literal=words=plainly-readable-here');
  });
  afterAll(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Files of the cluster's home in which `text` stands, in plain or as a Secret has it. */
  function filesWith(text: string, home = cluster.home.folder): string[] {
    const forms = [text, Buffer.from(text).toString('base64')];
    return readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => forms.some((form) => readFileSync(file).includes(form)));
  }

  async function password(of = kubectl): Promise<string> {
    const data = await of.ok('get', 'secret', 'db', '-o', 'jsonpath={.data.password}');
    return Buffer.from(data, 'base64').toString();
  }

  it('are nowhere to be read in the home folder, while ConfigMaps are', async () => {
    expect(filesWith(PASSWORD)).toEqual([]);
    expect(filesWith('plainly-readable-here').length).toBeGreaterThan(0);
    expect(await password()).toBe(PASSWORD);
  });

  it('and their key is for its owner alone', () => {
    const { keys, keyFile } = cluster.home;
    expect([keys, keyFile].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it('get another key while the cluster runs', async () => {
    const before = readFileSync(cluster.home.keyFile, 'utf8');
    const { stdout, stderr } = await cluster.proa(['secrets', 'rotate-key']);
    expect(stdout, stderr).toMatch(/^\d+ Secrets? (is|are) encrypted with a new key/);
    const after = readFileSync(cluster.home.keyFile, 'utf8');
    expect(after).not.toBe(before);
    const { name } = (JSON.parse(before) as { keys: { name: string }[] }).keys[0]!;
    expect(filesWith(name)).toEqual([]);
    expect(await password()).toBe(PASSWORD);
  });

  it('outlive a crash and an end', async () => {
    const pid = readRunFile(cluster.home.runFile)!.pid;
    process.kill(pid, 'SIGKILL');
    await waitUntil('the end', 10_000, async () => readRunFile(cluster.home.runFile) === null);
    await cluster.up();
    expect(await password()).toBe(PASSWORD);
    await cluster.down();
    expect(filesWith(PASSWORD)).toEqual([]);
    await cluster.up();
    expect(await password()).toBe(PASSWORD);
  });

  it('come back from a backup with its key, and not without', async () => {
    const backup = join(folder, 'backup');
    const { stdout } = await cluster.proa(['backup', backup]);
    expect(stdout).toBe(
      `backup written to ${backup}\n` +
        `the key to its Secrets is in ${backup}.keys: keep it in another place\n`,
    );
    await cluster.proa(['secrets', 'rotate-key']);
    const second = await newCluster({ runtime: 'sim' });
    try {
      const elsewhere = join(folder, 'elsewhere');
      const keys = readFileSync(`${backup}.keys`);
      rmSync(`${backup}.keys`);
      const refused = await second.proa(['restore', backup]);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/^proa: \S+ holds values that are encrypted with the key \w{8}, /),
      ]);
      writeFileSync(elsewhere, keys, { mode: 0o600 });
      const restored = await second.proa(['restore', backup, '--keys', elsewhere]);
      expect(restored.stdout, restored.stderr).toMatch(/^restored \d+ objects/);
      await second.up();
      const other = new Kubectl(labKubectl().file, second.home.kubeconfig, folder);
      expect(await password(other)).toBe(PASSWORD);
      expect(filesWith(PASSWORD, second.home.folder)).toEqual([]);
    } finally {
      await second.remove();
    }
  });
});
