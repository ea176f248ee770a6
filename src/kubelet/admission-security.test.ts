import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../generated/types.ts';
import { admitPod, type NodeOffer } from './admission.ts';
import { unmetRequests } from './host-security.ts';
import { podSysctls } from './sysctls.ts';

const NODE: NodeOffer = {
  name: 'n',
  labels: { zone: 'a' },
  taints: [],
  allocatable: { pods: '1', cpu: '1' },
  operatingSystem: 'linux',
  modules: { appArmor: false, seLinux: false },
  supplementalGroupsPolicy: false,
};

function pod(spec: Partial<PodSpec>): Pod {
  const containers = [{ name: 'c' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers, ...spec } };
}

const sysctl = (name: string, spec: Partial<PodSpec> = {}) =>
  pod({ securityContext: { sysctls: [{ name, value: '1' }] }, ...spec });
const appArmor = (type: string) => pod({ securityContext: { appArmorProfile: { type } } });
const strict = pod({ securityContext: { supplementalGroupsPolicy: 'Strict' } });

describe('admitPod', () => {
  it.each<[string, Pod, string | null]>([
    ['what asks for nothing', pod({}), null],
    [
      'another system',
      pod({ os: { name: 'windows' } }),
      "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
    ],
    ['the same system', pod({ os: { name: 'linux' } }), null],
    [
      'another zone',
      pod({ nodeSelector: { zone: 'b' } }),
      "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    ['a safe sysctl', sysctl('net.ipv4.tcp_rmem'), null],
    ['a safe sysctl with slashes', sysctl('net/ipv4/tcp_rmem'), null],
    [
      'an unsafe sysctl',
      sysctl('net/core/somaxconn'),
      'SysctlForbidden: forbidden sysctl: "net.core.somaxconn" not allowlisted',
    ],
    [
      'a network sysctl of the node',
      sysctl('net.ipv4.tcp_rmem', { hostNetwork: true }),
      'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_rmem" not allowed with host net enabled',
    ],
    [
      'an IPC sysctl of the node',
      sysctl('kernel.shm_rmid_forced', { hostIPC: true }),
      'SysctlForbidden: forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
    ],
    [
      'an AppArmor profile by name',
      appArmor('Localhost'),
      'AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host',
    ],
    ['the default AppArmor profile', appArmor('RuntimeDefault'), null],
    [
      'claims of devices',
      pod({ resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }),
      'UnexpectedAdmissionError: resource claims are not supported by this node',
    ],
    [
      'groups that are strict',
      strict,
      'SupplementalGroupsPolicyNotSupported: SupplementalGroupsPolicy=Strict is not supported in this node',
    ],
  ])('%s', (_, judged, expected) => {
    const refusal = admitPod(judged, [], NODE, new Set());
    expect(refusal && `${refusal.reason}: ${refusal.message}`).toBe(expected);
  });

  it('gives what the node has', () => {
    const rich = {
      ...NODE,
      modules: { appArmor: true, seLinux: true },
      supplementalGroupsPolicy: true,
    };
    expect(admitPod(appArmor('Localhost'), [], rich, new Set())).toBeNull();
    expect(admitPod(strict, [], rich, new Set())).toBeNull();
  });

  it('does not judge what has been admitted before', () => {
    const old = { ...sysctl('kernel.msgmax'), status: { startTime: '2026-01-01T00:00:00Z' } };
    expect(admitPod(old, [], NODE, new Set())).toBeNull();
  });
});

describe('unmetRequests', () => {
  const seLinux = pod({ containers: [{ name: 'c', securityContext: { seLinuxOptions: {} } }] });
  it.each<[string, Pod, string[]]>([
    ['nothing', pod({}), []],
    ['a default profile', appArmor('RuntimeDefault'), ['AppArmor']],
    ['no profile', appArmor('Unconfined'), []],
    ['SELinux options', seLinux, ['SELinux']],
  ])('%s', (_, asking, reasons) => {
    expect(unmetRequests(asking, NODE.modules).map(([reason]) => reason)).toEqual(reasons);
    expect(unmetRequests(asking, { appArmor: true, seLinux: true })).toEqual([]);
  });

  it('tell of capabilities that Linux does not have', () => {
    const capabilities = { add: ['CAP_NET_ADMIN', 'NET_ADMN'], drop: ['all', 'cap_kill', 'CAP_'] };
    const asking = pod({ containers: [{ name: 'c', securityContext: { capabilities } }] });
    expect(unmetRequests(asking, { appArmor: true, seLinux: true })).toEqual([
      ['Capabilities', 'capability "NET_ADMN" of container "c" is unknown to Linux'],
      ['Capabilities', 'capability "CAP_" of container "c" is unknown to Linux'],
    ]);
  });
});

it('podSysctls: names with dots', () => {
  expect(podSysctls(sysctl('net/ipv4/conf/eth0.1/arp_filter'))).toEqual({
    'net.ipv4.conf.eth0/1.arp_filter': '1',
  });
});
