import { expect, test } from 'vitest';
import { leaseKind } from '../coordination/lease.ts';
import { endpointSliceKind } from '../discovery/endpoint-slice.ts';
import { endpointsKind } from './endpoints.ts';
import { serviceAccountKind } from './service-account.ts';
import { created, row, updated } from './written.ts';

test.each<[string, object[] | undefined, string[], string]>([
  ['none', undefined, [], '<none>'],
  [
    'many addresses',
    [
      {
        addresses: ['1', '2', '3', '4'].map((n) => ({ ip: `10.0.0.${n}` })),
        ports: [{ port: 80 }],
      },
    ],
    [],
    '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...',
  ],
  ['no ports', [{ addresses: [{ ip: 'fd00::1' }] }], [], 'fd00::1'],
  [
    'an empty subset',
    [{ ports: [{ port: 80 }] }],
    ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
    '',
  ],
  [
    'bad ones',
    [
      {
        notReadyAddresses: [{ ip: '169.254.1.1', hostname: 'A_' }],
        ports: [{ port: 0 }, { port: 1, name: 'b' }],
      },
    ],
    [
      'subsets[0].notReadyAddresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      "subsets[0].notReadyAddresses[0].hostname: Invalid value: \"A_\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'subsets[0].ports[0].name: Required value',
      'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    '',
  ],
])('Endpoints: %s', (_name, subsets, errors, cell) => {
  const written = created(endpointsKind, { subsets });
  expect(written.errors).toEqual(errors);
  expect(row(endpointsKind, written.object)).toMatchObject({ Endpoints: cell });
});

test.each<[string, object, string[], object]>([
  [
    'a good one',
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
    [],
    { AddressType: 'IPv4', Ports: '80', Endpoints: '10.0.0.1' },
  ],
  [
    'an empty one',
    { addressType: 'IPv6', endpoints: [] },
    [],
    { Ports: '<unset>', Endpoints: '<unset>' },
  ],
  [
    'a bad one',
    {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['fd00::1'] }, { addresses: [] }],
      ports: [{}, {}],
    },
    [
      'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
      'ports[1].name: Duplicate value: ""',
    ],
    {},
  ],
  [
    'an unknown type',
    { addressType: 'IP', endpoints: [] },
    ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"'],
    {},
  ],
])('EndpointSlice: %s', (_name, fields, errors, cells) => {
  const written = created(endpointSliceKind, fields);
  expect(written.errors).toEqual(errors);
  expect(row(endpointSliceKind, written.object)).toMatchObject(cells);
});

test('EndpointSlice: addressType never changes', () => {
  const { errors } = updated(
    endpointSliceKind,
    { addressType: 'IPv4', endpoints: [] },
    { addressType: 'IPv6', endpoints: [] },
  );
  expect(errors).toEqual(['addressType: Invalid value: "IPv6": field is immutable']);
});

test('Lease', () => {
  const spec = {
    holderIdentity: 'me',
    leaseDurationSeconds: 0,
    leaseTransitions: -1,
    preferredHolder: 'you',
  };
  const { object, errors } = created(leaseKind, { spec });
  expect(errors).toEqual([
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
  ]);
  expect(row(leaseKind, object)).toMatchObject({ Name: 'x', Holder: 'me' });
});

test('ServiceAccount: only the names of secrets are kept', () => {
  const { object } = created(serviceAccountKind, { secrets: [{ name: 'a', namespace: 'b' }] });
  expect(object.secrets).toEqual([{ name: 'a' }]);
  expect(row(serviceAccountKind, object)).toMatchObject({ Secrets: 1 });
});
