import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { boundLog } from './bound-log.ts';
import { containerdConfig } from './config.ts';
import { importedNames, importOptions } from './image-import.ts';
import { containerdLayout } from './layout.ts';
import { hostsToml, parseMirror, writeMirrors } from './mirrors.ts';
import { mountsUnder } from './mounts.ts';
import { isAlive } from './process-file.ts';
import { shimSockets } from './shims.ts';
import { toml } from './toml.ts';

const folder = mkdtempSync(join(tmpdir(), 'proa-containerd-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('toml', () => {
  it('writes plain values before tables, and quotes what must be', () => {
    const text = toml({ a: { 'x.y': { s: 'q"\\' } }, n: 2, b: true, list: ['u', 'v'] });
    expect(text).toBe('n = 2\nb = true\nlist = ["u","v"]\n\n[a."x.y"]\ns = "q\\"\\\\"\n');
  });
});

describe('containerdLayout', () => {
  it('keeps socket and link short for any home', () => {
    const layout = containerdLayout(`/${'long/'.repeat(100)}`);
    expect(layout.socket.length).toBeLessThan(60);
    expect(layout.bridge.length).toBeLessThanOrEqual(15);
    expect(layout.id).not.toBe(containerdLayout('/other').id);
  });
});

describe('containerdConfig', () => {
  const options = {
    sandboxImage: 'registry.k8s.io/pause:3.10',
    snapshotter: 'overlayfs',
    restrictOomScore: true,
    cniPlugins: '/usr/lib/cni',
  } as const;

  it('keeps to its own folders', () => {
    const text = containerdConfig(containerdLayout('/home/x'), options);
    expect(text).toContain('root = "/home/x/containerd/root"');
    expect(text).toContain('restrict_oom_score_adj = true');
    expect(text).toContain(
      '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]',
    );
    expect(text).not.toMatch(/\/run\/containerd|\/var\/lib\/containerd/);
    expect(text).toContain('[plugins."io.containerd.nri.v1.nri"]\ndisable = true');
  });

  it('lets an idle containerd rest between its looks for garbage', () => {
    const text = containerdConfig(containerdLayout('/home/x'), options);
    expect(text).toContain('[plugins."io.containerd.gc.v1.scheduler"]\npause_threshold = 0.001\n');
  });
});

describe('parseMirror', () => {
  it('reads HOST=URL', () => {
    expect(parseMirror('docker.io=http://localhost:5000/')).toEqual({
      host: 'docker.io',
      url: 'http://localhost:5000',
    });
    expect(parseMirror('*=https://m/v2')).toEqual({ host: '*', url: 'https://m/v2' });
  });

  it.each(['docker.io', '=http://x', 'a b=http://x', 'docker.io=ftp://x', '../x=http://y'])(
    'refuses "%s"',
    (text) => expect(() => parseMirror(text)).toThrow('registry mirror'),
  );
});

describe('writeMirrors', () => {
  it('writes one hosts.toml a registry and removes others', () => {
    writeMirrors(folder, [{ host: 'quay.io', url: 'http://a' }]);
    writeMirrors(folder, [
      { host: 'docker.io', url: 'http://a' },
      { host: 'docker.io', url: 'http://b' },
      { host: '*', url: 'http://c' },
    ]);
    expect(readdirSync(folder).sort()).toEqual(['_default', 'docker.io']);
    expect(readFileSync(join(folder, 'docker.io', 'hosts.toml'), 'utf8')).toBe(
      hostsToml('docker.io', ['http://a', 'http://b']),
    );
  });

  it('asks the registry itself last', () => {
    expect(hostsToml('docker.io', ['http://a'])).toBe(
      'server = "https://registry-1.docker.io"\n\n[host."http://a"]\n' +
        '  capabilities = ["pull", "resolve"]\n',
    );
  });
});

describe('mountsUnder', () => {
  it('has what lies below, the deepest first', () => {
    const info = ['/a', '/a/b', '/ab', '/a/c\\040d'].map((path) => `1 1 0:1 / ${path} rw - x y z`);
    expect(mountsUnder('/a', info.join('\n'))).toEqual(['/a/c d', '/a/b', '/a']);
  });
});

describe('isAlive', () => {
  it('never takes another process for ours', () => {
    const record = { pid: process.pid, startTicks: 1, bootId: 'x', configHash: '' };
    expect(isAlive(record, 'node')).toBe(false);
  });
});

describe('importedNames', () => {
  it('reads the output of ctr', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(importedNames(`unpacking docker.io/library/a:1 (${digest})...done\n`)).toEqual([
      'docker.io/library/a:1',
    ]);
  });
});

describe('importOptions', () => {
  const cases: [string, string[]][] = [
    ['ctr github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+b1', []],
    ['ctr github.com/containerd/containerd v1.7.24 88bf19b', []],
    ['ctr github.com/containerd/containerd/v2 2.1.9+unknown ', ['--local']],
    ['ctr github.com/containerd/containerd/v2 v10.0.0 88bf19b', ['--local']],
    ['something else', []],
  ];
  it.each(cases)('of %s', (version, options) => {
    expect(importOptions(version)).toEqual(options);
  });
});

describe('shimSockets', () => {
  it('reads what each release of containerd notes, and nothing half written', () => {
    const layout = { ...containerdLayout('/home/x'), state: join(folder, 'state') };
    const note = (id: string, name: string, text: string) => {
      const bundle = join(layout.state, 'io.containerd.runtime.v2.task', 'k8s.io', id);
      mkdirSync(bundle, { recursive: true });
      writeFileSync(join(bundle, name), text);
    };
    note('a', 'address', 'unix:///run/containerd/s/a');
    note('b', 'bootstrap.json', '{"version":3,"address":"unix:///run/containerd/s/b"}');
    note('c', 'bootstrap.json', '{"version":3,"addr');
    note('d', 'config.json', '{}');
    expect(shimSockets(layout)).toEqual(['/run/containerd/s/a', '/run/containerd/s/b']);
  });
});

describe('boundLog', () => {
  it('empties a long log in place and keeps one copy', () => {
    const path = join(folder, 'x.log');
    writeFileSync(path, 'long');
    boundLog(path, 10);
    expect(statSync(path).size).toBe(4);
    boundLog(path, 3);
    expect([statSync(path).size, readFileSync(`${path}.1`, 'utf8')]).toEqual([0, 'long']);
  });
});
