import { expect, it } from 'vitest';
import type { Pod, PodSpec } from '../generated/types.ts';
import { hostNetworkHostsFile, podHostsFile } from './hosts-file.ts';

const START =
  '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n' +
  '::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n' +
  'fe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n';
const hostAliases = [{ ip: '192.0.2.7', hostnames: ['a', 'b.c'] }, { ip: '192.0.2.8' }];
const ALIASES = '\n# Entries added by HostAliases.\n192.0.2.7\ta\tb.c\n192.0.2.8\t\n';

function pod(spec: Partial<PodSpec>): Pod {
  const metadata = { name: 'web', namespace: 'ns', uid: 'u' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...spec } };
}

it.each<[string, Partial<PodSpec>, string]>([
  ['its name', {}, '10.0.0.1\tweb\n'],
  ['the name asked for', { hostname: 'h' }, '10.0.0.1\th\n'],
  [
    'its name in the domain',
    { hostname: 'h', subdomain: 's' },
    '10.0.0.1\th.s.ns.svc.cluster.local\th\n',
  ],
  ['aliases', { hostAliases }, `10.0.0.1\tweb\n${ALIASES}`],
])('a pod finds itself by %s', (_, spec, lines) => {
  expect(podHostsFile(pod(spec), ['10.0.0.1'], 'cluster.local')).toBe(`${START}${lines}`);
});

it('a pod on the network of the node has its file, and the aliases', () => {
  expect(hostNetworkHostsFile(pod({ hostAliases }), '127.0.0.1 localhost\n')).toBe(
    `# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n${ALIASES}`,
  );
});
