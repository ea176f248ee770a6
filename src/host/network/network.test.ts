import { describe, expect, it } from 'vitest';
import { cidrGateway } from './cidr.ts';
import { cniConfig } from './cni-config.ts';
import { defaultLink } from './pod-network.ts';
import { podRules } from './pod-rules.ts';

describe('cidrGateway', () => {
  it.each([
    ['10.42.0.0/24', '10.42.0.1', 24],
    ['10.42.7.9/16', '10.42.0.1', 16],
    ['200.1.2.128/30', '200.1.2.129', 30],
  ])('%s', (cidr, gateway, prefix) => expect(cidrGateway(cidr)).toEqual({ gateway, prefix }));

  it.each(['10.42.0.0', '10.42.0.300/24', '10.0.0.0/31', 'fd00::/64', ''])('refuses "%s"', (cidr) =>
    expect(() => cidrGateway(cidr)).toThrow('pod range'),
  );
});

describe('cniConfig', () => {
  it('is a bridge with addresses of our own', () => {
    const text = cniConfig({
      bridge: 'proa1',
      podCidr: '10.42.0.0/24',
      mtu: 1400,
      ipamFolder: '/h/ipam',
    });
    expect(JSON.parse(text).plugins).toMatchObject([
      {
        type: 'bridge',
        bridge: 'proa1',
        hairpinMode: true,
        mtu: 1400,
        ipam: { dataDir: '/h/ipam' },
      },
    ]);
  });
});

describe('podRules', () => {
  it('masquerades and leads host ports into pods', () => {
    const port = { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '' } as const;
    const text = podRules({
      table: 't',
      bridge: 'proa1',
      podCidr: '10.42.0.0/24',
      clusterCidr: '10.42.0.0/16',
      hostPorts: [
        { ...port, podIp: '10.42.0.5' },
        { ...port, protocol: 'UDP', hostIp: '10.0.0.1', podIp: '10.42.0.6' },
      ],
    });
    expect(text).toContain('    tcp dport 8080 dnat to 10.42.0.5:80\n');
    expect(text).toContain('    ip daddr 10.0.0.1 udp dport 8080 dnat to 10.42.0.6:80\n');
    expect(text).toContain('    ip daddr 10.0.0.1 udp dport 8080 ct original zone set 6\n');
    expect(text).not.toContain('tcp dport 8080 ct');
    expect(text).toContain('ip saddr 10.42.0.0/24 oifname != "proa1" masquerade');
  });

  it.each(['::1', 'localhost', '10.0.0.1 drop #', '10.0.0.1\n}\nflush ruleset\n'])(
    'take nothing from a host address %j',
    (hostIp) => {
      const port = { protocol: 'TCP', containerPort: 80, hostPort: 8080, podIp: '10.42.0.5' };
      const base = {
        table: 't',
        bridge: 'proa1',
        podCidr: '10.42.0.0/24',
        clusterCidr: '10.42.0.0/16',
      };
      const text = podRules({ ...base, hostPorts: [{ ...port, protocol: 'TCP', hostIp }] });
      expect(text).toBe(podRules({ ...base, hostPorts: [] }));
    },
  );
});

describe('defaultLink', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n';
  it('is the link of the route to everywhere', () => {
    const local = 'eth1\t0000A8C0\t0\t1\t0\t0\t0\t00FFFFFF\n';
    const route = 'eth0\t00000000\t0101A8C0\t3\t0\t0\t0\t00000000\n';
    expect(defaultLink(`${head}${local}${route}`)).toBe('eth0');
    expect(defaultLink(`${head}${local}`)).toBeNull();
  });
});
