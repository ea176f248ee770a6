import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../generated/types.ts';
import { type DnsSettings, dnsComplaints, parseResolvConf, podDns } from './dns-config.ts';

const node = { servers: ['192.0.2.53'], searches: ['example.com'], options: ['timeout:1'] };
const settings: DnsSettings = {
  clusterDns: ['10.43.0.10'],
  clusterDomain: 'cluster.local',
  node,
};
const cluster = {
  servers: ['10.43.0.10'],
  searches: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com'],
  options: ['ndots:5'],
};

function pod(spec: Partial<PodSpec>): Pod {
  const metadata = { name: 'p', namespace: 'ns', uid: 'u' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...spec } };
}

describe('podDns', () => {
  it.each<[string, Partial<PodSpec>, object]>([
    ['ClusterFirst', {}, cluster],
    ['ClusterFirst on the network of the node', { hostNetwork: true }, node],
    [
      'ClusterFirstWithHostNet',
      { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true },
      cluster,
    ],
    ['Default', { dnsPolicy: 'Default' }, node],
    [
      'None',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } },
      { servers: ['1.1.1.1'], searches: [], options: [] },
    ],
    [
      'ClusterFirst and more',
      {
        dnsConfig: {
          nameservers: ['1.1.1.1', '10.43.0.10'],
          searches: ['a.b', 'cluster.local'],
          options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
        },
      },
      {
        servers: ['10.43.0.10', '1.1.1.1'],
        searches: [...cluster.searches, 'a.b'],
        options: ['ndots:2', 'edns0'],
      },
    ],
  ])('%s', (_, spec, expected) => {
    expect(podDns(pod(spec), settings)).toEqual(expected);
    expect(dnsComplaints(pod(spec), settings)).toEqual([]);
  });

  it('keeps within the limits of libc, and says so', () => {
    const many = pod({
      dnsConfig: {
        nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
        searches: Array.from({ length: 29 }, (_, i) => `s${i}`),
      },
    });
    const { servers, searches } = podDns(many, settings);
    expect(servers).toEqual(['10.43.0.10', '1.1.1.1', '2.2.2.2']);
    expect(searches.length).toBe(32);
    expect(dnsComplaints(many, settings)).toEqual([
      'Search Line limits were exceeded, some search paths have been omitted, ' +
        `the applied search line is: ${searches.join(' ')}`,
      'Nameserver limits were exceeded, some nameservers have been omitted, ' +
        'the applied nameserver line is: 10.43.0.10 1.1.1.1 2.2.2.2',
    ]);
  });

  it('leaves out search paths that are too long, alone or together', () => {
    const searches = ['x'.repeat(254), ...Array.from({ length: 9 }, (_, i) => `${i}`.repeat(250))];
    const applied = podDns(pod({ dnsPolicy: 'Default', dnsConfig: { searches } }), settings);
    expect(applied.searches).toEqual(['example.com', ...searches.slice(1, 9)]);
  });
});

it('parseResolvConf reads what pods inherit', () => {
  const text =
    '# comment\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch a. b.c\noptions x y:1\n';
  expect(parseResolvConf(text)).toEqual({
    servers: ['192.0.2.1', '192.0.2.2'],
    searches: ['a', 'b.c'],
    options: ['x', 'y:1'],
  });
});
