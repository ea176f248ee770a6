import { expect, test } from 'vitest';
import type { EndpointSlice, Endpoints, ObjectMeta, Service } from '../../generated/types.ts';
import { planMirror } from './plan-mirror.ts';

const metadata = { name: 'db', namespace: 'default', uid: 'e', labels: { a: 'b' } };

function endpoints(more: ObjectMeta = {}): Endpoints {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, ...more },
    subsets: [
      {
        addresses: [{ ip: '192.168.0.1' }, { ip: 'fd00::1' }],
        notReadyAddresses: [{ ip: '192.168.0.2', hostname: 'two' }],
        ports: [{ port: 5432, protocol: 'TCP' }],
      },
    ],
  };
}

function service(selector?: Record<string, string>): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector } };
}

test('a family has its slice, marked as mirrored and owned by the Endpoints', () => {
  const actions = planMirror(endpoints(), service(), []);
  expect(actions).toMatchObject([
    {
      type: 'create',
      slice: {
        metadata: {
          generateName: 'db-',
          labels: {
            a: 'b',
            'kubernetes.io/service-name': 'db',
            'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
          },
          ownerReferences: [{ kind: 'Endpoints', name: 'db', controller: true }],
        },
        addressType: 'IPv4',
        ports: [{ name: '', port: 5432, protocol: 'TCP' }],
        endpoints: [
          { addresses: ['192.168.0.1'], conditions: { ready: true } },
          { addresses: ['192.168.0.2'], conditions: { ready: false }, hostname: 'two' },
        ],
      },
    },
    { type: 'create', slice: { addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] } },
  ]);
  const present = actions.map(({ slice }) => slice);
  expect(planMirror(endpoints(), service(), present)).toEqual([]);
});

test.each<[string, Endpoints | undefined, Service | undefined]>([
  ['that are gone', undefined, service()],
  ['of no Service', endpoints(), undefined],
  ['of a Service that selects pods', endpoints(), service({ app: 'web' })],
  [
    'that ask for none',
    endpoints({ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }),
    service(),
  ],
  [
    'that elect a leader',
    endpoints({ annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }),
    service(),
  ],
])('Endpoints %s have no mirror', (_name, source, of) => {
  const slice = { metadata: { name: 'db-1' } } as EndpointSlice;
  expect(planMirror(source, of, [])).toEqual([]);
  expect(planMirror(source, of, [slice])).toEqual([{ type: 'delete', slice }]);
});
