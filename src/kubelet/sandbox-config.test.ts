import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../generated/types.ts';
import { sandboxConfig } from './sandbox-config.ts';

const dns = {
  clusterDns: [],
  clusterDomain: 'cluster.local',
  node: { servers: [], searches: [], options: [] },
};

function configOf(name: string, spec: Partial<PodSpec>) {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ns', uid: 'u' },
    spec: { containers: [], ...spec },
  };
  return sandboxConfig(pod, 0, '/logs', dns, '/parent');
}

describe('host name and ports of a sandbox', () => {
  const ports = [{ containerPort: 80, hostPort: 8080 }];
  const containers = [{ name: 'c', image: 'i', ports }];
  const cases: readonly [string, string, Partial<PodSpec>, string, number][] = [
    ['the pod name', 'web', { containers }, 'web', 1],
    ['the one asked for', 'web', { hostname: 'other' }, 'other', 0],
    ['cut to 63 without a hyphen at its end', `${'a'.repeat(62)}-b`, {}, 'a'.repeat(62), 0],
    ['the host alone', 'web', { subdomain: 'db' }, 'web', 0],
    [
      'the whole name where asked',
      'web',
      { subdomain: 'db', setHostnameAsFQDN: true },
      'web.db.ns.svc.cluster.local',
      0,
    ],
    ['no domain without a subdomain', 'web', { setHostnameAsFQDN: true }, 'web', 0],
    ['none on the network of the node', 'web', { hostNetwork: true, containers }, '', 0],
  ];
  it.each(cases)('%s', (_, name, spec, hostname, mappings) => {
    const config = configOf(name, spec);
    expect([config.hostname, config.portMappings.length]).toEqual([hostname, mappings]);
  });

  it('refuses a whole name that the kernel does not take', () => {
    const name = 'a'.repeat(41);
    expect(() => configOf(name, { subdomain: 'db', setHostnameAsFQDN: true })).toThrow(
      'failed to construct FQDN from Pod hostname and cluster domain, ' +
        `FQDN ${name}.db.ns.svc.cluster.local is too long ` +
        '(64 characters is the max, 65 characters requested)',
    );
  });
});
