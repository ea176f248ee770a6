import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from './cluster-file.ts';
import { type LinkAddresses, rangeInUse } from './free-ranges.ts';

const settings: ClusterSettings = {
  port: 6443,
  runtime: 'containerd',
  podCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  nodeName: 'n',
  registryMirrors: [],
  evictionHard: '',
};
const link = (ifname: string, local: string, prefixlen: number): LinkAddresses => ({
  ifname,
  addr_info: [{ local, prefixlen }],
});
const own = 'proa00000001';

describe('rangeInUse', () => {
  it.each([
    ['its own bridge', link(own, '10.42.0.1', 16)],
    ['the loopback', link('lo', '127.0.0.1', 8)],
    ['a network beside', link('eth0', '10.44.0.7', 16)],
    ['a wider network around it', link('eth0', '10.0.0.7', 8)],
    ['a link without addresses', { ifname: 'eth1', addr_info: [] }],
  ])('has nothing against %s', (_, one) => {
    expect(rangeInUse(settings, [one], own)).toBeNull();
  });

  it.each([
    ['another cluster', link('proa00000002', '10.42.0.1', 16), /another cluster.*--pod-cidr$/],
    [
      'a wider network, by its own address',
      link('eth0', '10.42.0.7', 8),
      /link eth0 \(10\.42\.0\.7\/8\)/,
    ],
    ['a network within it', link('wg0', '10.42.7.1', 32), /link wg0/],
    ['one in the Services', link('eth0', '10.43.9.9', 24), /10\.43\.0\.0\/16.*--service-cidr$/],
  ])('names %s', (_, one, sentence) => {
    expect(rangeInUse(settings, [link('lo', '127.0.0.1', 8), one], own)).toMatch(sentence);
  });
});
