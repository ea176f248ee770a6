import { describe, expect, test } from 'vitest';
import type { EndpointSlice, Pod, Service, ServiceSpec } from '../../generated/types.ts';
import { planSubsets } from '../endpoints/plan-endpoints.ts';
import type { SliceAction } from './plan-groups.ts';
import { planSlices } from './plan-slices.ts';

function service(spec: Partial<ServiceSpec> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 's' },
    spec: { clusterIP: '10.43.0.1', ports: [{ name: 'a', port: 80, protocol: 'TCP' }], ...spec },
  };
}

interface PodFields {
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly phase?: string;
  readonly ips?: string[];
  readonly port?: number;
}

function pod(name: string, fields: PodFields = {}): Pod {
  const { ready = true, terminating = false, phase = 'Running', port = 8080 } = fields;
  const { ips = [`10.42.0.${name}`] } = fields;
  const ports = [{ name: 'http', containerPort: port }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { containers: [{ name: 'c', ports }], nodeName: 'n', hostname: name, subdomain: 'web' },
    status: {
      phase,
      podIPs: ips.map((ip) => ({ ip })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

function plan(pods: readonly Pod[], of = service(), present: readonly EndpointSlice[] = []) {
  return planSlices({ service: of, pods, node: () => undefined, present });
}

/** Carries actions out on slices that the API would name. */
function apply(
  present: readonly EndpointSlice[],
  actions: readonly SliceAction[],
): EndpointSlice[] {
  const slices = new Map(present.map((slice) => [slice.metadata.name ?? '', slice]));
  for (const { type, slice } of actions) {
    const name = slice.metadata.name ?? `web-${slices.size}`;
    if (type === 'delete') slices.delete(name);
    else slices.set(name, { ...slice, metadata: { ...slice.metadata, name } });
  }
  return [...slices.values()];
}

const brief = (actions: readonly SliceAction[]) =>
  actions.map(
    ({ type, slice }) => `${type} ${slice.endpoints.map(({ addresses }) => addresses[0])}`,
  );

describe('an endpoint', () => {
  test.each<[string, PodFields, Partial<ServiceSpec>, object | null]>([
    ['ready', {}, {}, { ready: true, serving: true, terminating: false }],
    ['not ready', { ready: false }, {}, { ready: false, serving: false, terminating: false }],
    [
      'ending but serving',
      { terminating: true },
      {},
      { ready: false, serving: true, terminating: true },
    ],
    [
      'published all the same',
      { ready: false, terminating: true },
      { publishNotReadyAddresses: true },
      { ready: true, serving: false, terminating: true },
    ],
    ['ended', { phase: 'Succeeded' }, {}, null],
    ['without address', { ips: [] }, {}, null],
    ['of the other family', { ips: ['fd00::1'] }, {}, null],
  ])('%s', (_name, fields, spec, conditions) => {
    const [first] = plan([pod('1', fields)], service(spec));
    expect(first?.slice.endpoints.map((one) => one.conditions)).toEqual(
      conditions ? [conditions] : [],
    );
  });

  test('carries the host name of its pod in the Service of its subdomain', () => {
    const [first] = plan([pod('1')]);
    expect(first?.slice.endpoints[0]).toMatchObject({ hostname: '1', nodeName: 'n' });
  });

  test('is near those that its zone and node hint at', () => {
    const node = { metadata: { labels: { 'topology.kubernetes.io/zone': 'z' } } } as never;
    const near = service({ trafficDistribution: 'PreferSameNode' });
    const [first] = planSlices({ service: near, pods: [pod('1')], node: () => node, present: [] });
    expect(first?.slice.endpoints[0]).toMatchObject({
      zone: 'z',
      hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
    });
  });
});

describe('slices', () => {
  test('two families have their own', () => {
    const both = service({ ipFamilies: ['IPv4', 'IPv6'] });
    const actions = plan([pod('1', { ips: ['10.42.0.1', 'fd00::1'] })], both);
    expect(actions.map(({ slice }) => slice.addressType)).toEqual(['IPv4', 'IPv6']);
  });

  test('pods that name the port differently have their own; one that does not name it has no port', () => {
    const named = service({
      ports: [{ name: 'a', port: 80, targetPort: 'http', protocol: 'TCP' }],
    });
    const nameless = pod('3');
    nameless.spec.containers[0]!.ports = [];
    const actions = plan([pod('1'), pod('2', { port: 9090 }), nameless], named);
    expect(actions.map(({ slice }) => slice.ports?.map(({ port }) => port))).toEqual([
      [8080],
      [9090],
      [],
    ]);
  });

  test('stay as they are while nothing changes', () => {
    const present = apply([], plan([pod('1'), pod('2')]));
    expect(plan([pod('1'), pod('2')], service(), present)).toEqual([]);
    expect(plan([], service(), apply([], plan([])))).toEqual([]);
  });

  test('change in place, and new endpoints fill what is free', () => {
    const many = Array.from({ length: 101 }, (_, n) => pod(String(n + 1)));
    const present = apply([], plan(many));
    expect(present.map(({ endpoints }) => endpoints.length)).toEqual([100, 1]);
    const without = many.filter(({ metadata }) => metadata.name !== '7');
    const actions = plan([...without, pod('200')], service(), present);
    expect(actions.map(({ type, slice }) => [type, slice.endpoints.length])).toEqual([
      ['update', 100],
    ]);
  });

  test('empty ones go, but the last of a family stays empty', () => {
    const present = apply([], plan([pod('1')]));
    expect(brief(plan([], service(), present))).toEqual(['create ', 'delete 10.42.0.1']);
    const empty = apply([], plan([]));
    expect(brief(plan([pod('1')], service(), empty))).toEqual(['create 10.42.0.1', 'delete ']);
  });
});

describe('subsets', () => {
  const ports = [
    { name: 'a', port: 80, targetPort: 'http', protocol: 'TCP' },
    { name: 'b', port: 81, protocol: 'TCP' },
  ];

  test('ports with the same addresses share one', () => {
    const subsets = planSubsets(service({ ports }), [pod('1'), pod('2', { ready: false })]);
    expect(subsets).toMatchObject([
      {
        addresses: [{ ip: '10.42.0.1' }],
        notReadyAddresses: [{ ip: '10.42.0.2' }],
        ports: [
          { name: 'a', port: 8080 },
          { name: 'b', port: 81 },
        ],
      },
    ]);
  });

  test('ports with other addresses have their own', () => {
    const subsets = planSubsets(service({ ports }), [pod('1'), pod('2', { port: 9090 })]);
    expect(subsets.map((one) => one.ports?.map(({ port }) => port))).toEqual([
      [8080],
      [81],
      [9090],
    ]);
  });

  test('a headless Service may have no ports; ending pods are left out', () => {
    const headless = service({ clusterIP: 'None', ports: [] });
    const subsets = planSubsets(headless, [pod('1'), pod('2', { terminating: true })]);
    expect(subsets).toMatchObject([{ addresses: [{ ip: '10.42.0.1', hostname: '1' }] }]);
    expect(subsets[0]).not.toHaveProperty('ports');
  });
});
