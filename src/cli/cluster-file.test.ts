import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  addressInCidr,
  type ClusterOptions,
  type ClusterSettings,
  differs,
  parseCidr,
  readClusterFile,
  settle,
  writeClusterFile,
} from './cluster-file.ts';
import { UserError } from './user-error.ts';

const defaults: ClusterSettings = {
  port: 6443,
  runtime: 'containerd',
  podCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  nodeName: 'machine',
  registryMirrors: [],
  evictionHard: '',
};
const mirror = 'docker.io=http://localhost:5000';

describe('settle', () => {
  it.each<[string, ClusterOptions, Partial<ClusterSettings> | null, Partial<ClusterSettings>]>([
    ['the defaults', {}, null, {}],
    ['what was asked', { port: 7000, nodeName: 'n-1' }, null, { port: 7000, nodeName: 'n-1' }],
    [
      'what the cluster had',
      {},
      { port: 7000, registryMirrors: [mirror] },
      { port: 7000, registryMirrors: [mirror] },
    ],
    ['a new port for an old cluster', { port: 7001 }, { port: 7000 }, { port: 7001 }],
    [
      'new mirrors',
      { registryMirrors: [] },
      { registryMirrors: [mirror] },
      { registryMirrors: [] },
    ],
    [
      'what was had, asked again',
      { podCidr: '10.9.0.0/16' },
      { podCidr: '10.9.0.0/16' },
      { podCidr: '10.9.0.0/16' },
    ],
    ['options that were not given', { port: undefined }, { port: 7000 }, { port: 7000 }],
  ])('takes %s', (_, asked, previous, expected) => {
    const before = previous === null ? null : { ...defaults, ...previous };
    expect(settle(asked, before, defaults)).toEqual({ ...defaults, ...expected });
  });

  it.each<[ClusterOptions, string]>([
    [{ port: 0 }, '--port must be a number between 1 and 65535, not 0'],
    [{ port: 65536 }, '--port'],
    [{ port: 1.5 }, '--port'],
    [{ podCidr: '10.42.0.0' }, '--pod-cidr must be an IPv4 range such as 10.42.0.0/16'],
    [{ podCidr: '10.42.0.256/16' }, '--pod-cidr'],
    [{ podCidr: '10.42.1.0/16' }, '--pod-cidr 10.42.1.0/16 has address bits set'],
    [{ podCidr: '10.42.0.0/30' }, '--pod-cidr'],
    [{ serviceCidr: 'fd00::/112' }, '--service-cidr'],
    [{ serviceCidr: '10.42.128.0/17' }, 'overlap'],
    [{ serviceCidr: '10.0.0.0/8' }, 'overlap'],
    [{ nodeName: '' }, '--node-name must be a lowercase DNS name'],
    [{ nodeName: 'Node' }, '--node-name'],
    [{ nodeName: '-n' }, '--node-name'],
    [{ evictionHard: 'memory.free<1Gi' }, '--eviction-hard: memory.free is no eviction signal'],
    [
      { evictionSoft: 'memory.available<1Gi' },
      '--eviction-soft: grace period must be specified for the soft eviction threshold memory.avai',
    ],
    [
      { evictionSoftGracePeriod: 'memory.available=soon' },
      '--eviction-soft: an eviction grace per',
    ],
    [
      { evictionSoftGracePeriod: 'memory.free=30s' },
      '--eviction-soft: memory.free is no eviction signal',
    ],
    [{ evictionMaxPodGracePeriod: Number.NaN }, '--eviction-max-pod-grace-period must be whole'],
    [{ registryMirrors: ['docker.io'] }, '--registry-mirror must be HOST=URL, not docker.io'],
    [{ registryMirrors: [mirror, 'x=ftp://y'] }, '--registry-mirror'],
  ])('refuses %j', (asked, sentence) => {
    const work = () => settle(asked, null, defaults);
    expect(work).toThrow(UserError);
    expect(work).toThrow(sentence);
  });

  it.each<[ClusterOptions, string]>([
    [{ podCidr: '10.9.0.0/16' }, 'this cluster was made with --pod-cidr 10.42.0.0/16 and cannot'],
    [{ serviceCidr: '10.9.0.0/16' }, '--service-cidr'],
    [{ nodeName: 'other' }, '--node-name'],
    [{ runtime: 'sim' }, '--runtime'],
  ])('keeps for the life of a cluster what %j would change', (asked, sentence) => {
    expect(() => settle(asked, defaults, defaults)).toThrow(sentence);
  });
});

describe('differs', () => {
  it.each<[ClusterOptions, boolean]>([
    [{}, false],
    [{ port: undefined }, false],
    [{ port: 6443 }, false],
    [{ port: 6444 }, true],
    [{ registryMirrors: [] }, false],
    [{ registryMirrors: [mirror] }, true],
  ])('%j: %s', (asked, expected) => {
    expect(differs(asked, defaults)).toBe(expected);
  });
});

describe('parseCidr', () => {
  it('has the first and the last address', () => {
    expect(parseCidr('x', '10.42.0.0/16')).toEqual({ first: 0x0a2a0000, last: 0x0a2affff });
    expect(parseCidr('x', '255.255.255.240/28').last).toBe(0xffffffff);
  });
});

describe('addressInCidr', () => {
  it.each([
    ['10.43.0.0/16', 1, '10.43.0.1'],
    ['10.43.0.0/16', 256, '10.43.1.0'],
    ['192.168.1.16/28', 10, '192.168.1.26'],
  ])('%s, number %i: %s', (cidr, offset, address) => {
    expect(addressInCidr(cidr, offset)).toBe(address);
  });
});

describe('readClusterFile', () => {
  it('reads what was written, and null where nothing was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'proa-cluster-file-'));
    const file = join(folder, 'cluster.json');
    try {
      expect(await readClusterFile(file)).toBeNull();
      await writeClusterFile(file, defaults);
      expect(await readClusterFile(file)).toEqual(defaults);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
