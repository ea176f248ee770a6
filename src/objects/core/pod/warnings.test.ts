import { expect, test } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { podWarnings } from './warnings.ts';

function pod(spec: object, name = 'a'): Pod {
  return { metadata: { name }, spec: { containers: [], ...spec } } as unknown as Pod;
}

const container = (name: string, fields: object) => ({ containers: [{ name, ...fields }] });
const ports = (...list: object[]) =>
  container('c', {
    ports: list.map((port) => ({ containerPort: 80, protocol: 'TCP', ...port })),
  });
const env = (...list: object[]) => container('c', { env: list });

test.each<[string, object, string[]]>([
  ['nothing odd', env({ name: 'A', value: '1' }, { name: 'B', value: '2' }), []],
  [
    'a variable twice',
    env({ name: 'A', value: '1' }, { name: 'A', value: '2' }),
    [
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ],
  ],
  [
    'a variable that builds on itself',
    env({ name: 'A', value: '1' }, { name: 'A', value: '$(A)2' }),
    [],
  ],
  [
    'a port twice',
    ports({ name: 'x' }, { name: 'y' }),
    ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
  ],
  [
    'a port with and without host port',
    ports({ hostPort: 1 }, {}),
    ['spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]'],
  ],
  [
    'a host port on one address and on all',
    ports({ hostPort: 1, hostIP: '10.0.0.1' }, { hostPort: 1 }),
    [
      'spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]',
    ],
  ],
  [
    'lists with the same twice',
    { hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }], imagePullSecrets: [{ name: '' }] },
    [
      'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
      'spec.imagePullSecrets[0].name: invalid empty name ""',
    ],
  ],
  [
    'a negative grace period',
    { terminationGracePeriodSeconds: -1 },
    [
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
  ],
])('podWarnings: %s', (_name, spec, warnings) => {
  expect(podWarnings(pod(spec))).toEqual(warnings);
});

test('podWarnings: annotations that fields have replaced', () => {
  const annotations = {
    'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
    'container.seccomp.security.alpha.kubernetes.io/c': 'unconfined',
    'container.apparmor.security.beta.kubernetes.io/c': 'unconfined',
  };
  const at = (key: string) => `metadata.annotations[${key}]`;
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const annotated = { ...pod(container('c', {})), metadata: { name: 'a', annotations } };
  expect(podWarnings(annotated)).toEqual([
    `${at('seccomp.security.alpha.kubernetes.io/pod')}: ${seccomp}`,
    `${at('container.seccomp.security.alpha.kubernetes.io/c')}: ${seccomp}`,
    `${at('container.apparmor.security.beta.kubernetes.io/c')}: deprecated since v1.30; use the "appArmorProfile" field instead`,
  ]);
});

test('podWarnings: a name that is no host name', () => {
  const [warning] = podWarnings(pod({}, 'a.b'));
  expect(warning).toContain("this is used in the Pod's hostname");
});
