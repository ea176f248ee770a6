import { describe, expect, test } from 'vitest';
import { serviceKind } from './service.ts';
import { created, row, updated } from './written.ts';

const port = { port: 80 };
const plain = { spec: { ports: [port], selector: { app: 'web' } } };

test('defaults', () => {
  const { object, errors } = created(serviceKind, plain);
  expect(errors).toEqual([]);
  expect(object).toMatchObject({
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  });
  const balancer = created(serviceKind, { spec: { type: 'LoadBalancer', ports: [port] } });
  expect(balancer.object.spec).toMatchObject({
    externalTrafficPolicy: 'Cluster',
    allocateLoadBalancerNodePorts: true,
  });
  const sticky = created(serviceKind, { spec: { sessionAffinity: 'ClientIP', ports: [port] } });
  expect(sticky.object.spec).toMatchObject({
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
  });
  const fixed = created(serviceKind, { spec: { clusterIP: '10.43.0.9', ports: [port] } });
  expect(fixed.object.spec).toMatchObject({ clusterIPs: ['10.43.0.9'] });
});

describe('refuses', () => {
  test.each<[string, object, string[]]>([
    ['no ports', {}, ['spec.ports: Required value']],
    ['a headless one without ports', { clusterIP: 'None' }, []],
    [
      'two ports without names',
      { ports: [{ port: 80 }, { port: 81, name: 'b' }] },
      ['spec.ports[0].name: Required value'],
    ],
    [
      'the same name and number twice',
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'a' },
        ],
      },
      [
        'spec.ports[1].name: Duplicate value: "a"',
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      'the same number of two protocols',
      {
        ports: [
          { port: 53, name: 'a' },
          { port: 53, name: 'b', protocol: 'UDP' },
        ],
      },
      [],
    ],
    [
      'a port out of range and a bad protocol',
      { ports: [{ port: 70000, targetPort: 1, protocol: 'ICMP' }] },
      [
        'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      'a node port of a ClusterIP service',
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'a headless NodePort service',
      { type: 'NodePort', clusterIP: 'None', ports: [port] },
      [
        'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
      ],
    ],
    [
      'an unknown type',
      { type: 'Magic', ports: [port] },
      [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    ['a good ExternalName', { type: 'ExternalName', externalName: 'a.example.' }, []],
    [
      'an ExternalName without name',
      { type: 'ExternalName' },
      ['spec.externalName: Required value'],
    ],
    [
      'an ExternalName with address',
      { type: 'ExternalName', externalName: 'a', clusterIP: '10.0.0.1' },
      ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
    ],
    [
      'a bad address',
      { clusterIP: '10.0.0', ports: [port] },
      [
        'spec.clusterIPs[0]: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'an address of the other family',
      { clusterIP: '10.0.0.1', ipFamilies: ['IPv6'], ports: [port] },
      [
        'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
      ],
    ],
    [
      'clusterIPs without clusterIP',
      { clusterIPs: ['10.0.0.1'], ports: [port] },
      [
        'spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified',
      ],
    ],
    [
      'a loopback external address',
      { externalIPs: ['127.0.0.1'], ports: [port] },
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'a session affinity of too long',
      {
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
        ports: [port],
      },
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
      ],
    ],
    [
      'policies that no type knows',
      { externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Near', ports: [port] },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
        'spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"',
      ],
    ],
    [
      'fields of a LoadBalancer elsewhere',
      { loadBalancerClass: 'a', loadBalancerSourceRanges: ['10.0.0.0'], ports: [port] },
      [
        "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
        'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
      ],
    ],
  ])('%s', (_name, spec, errors) => {
    expect(created(serviceKind, { spec }).errors).toEqual(errors);
  });
});

describe('update', () => {
  const old = {
    spec: {
      type: 'NodePort',
      clusterIP: '10.43.0.9',
      clusterIPs: ['10.43.0.9'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      externalTrafficPolicy: 'Cluster',
      ports: [{ name: 'a', port: 80, nodePort: 30001 }],
    },
  };

  test('what was allocated stays when the caller leaves it out', () => {
    const change = {
      spec: { type: 'NodePort', ipFamilies: ['IPv4'], ports: [{ name: 'a', port: 81 }] },
    };
    const { object, errors } = updated(serviceKind, old, change);
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      clusterIP: '10.43.0.9',
      clusterIPs: ['10.43.0.9'],
      ports: [{ port: 81, nodePort: 30001 }],
    });
  });

  test('a ClusterIP service loses node ports and the external policy', () => {
    const { object, errors } = updated(serviceKind, old, {
      spec: { ...old.spec, type: 'ClusterIP' },
    });
    expect(errors).toEqual([]);
    expect(object.spec).not.toHaveProperty('externalTrafficPolicy');
    expect(object.spec).toMatchObject({ ports: [{ name: 'a', port: 80 }] });
    expect(JSON.stringify(object.spec)).not.toContain('nodePort');
  });

  test('an ExternalName service loses its addresses', () => {
    const spec = { ...old.spec, type: 'ExternalName', externalName: 'a.example' };
    const { object, errors } = updated(serviceKind, old, { spec });
    expect(errors).toEqual([]);
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      expect(object.spec).not.toHaveProperty(field);
    }
  });

  test('the address may not change', () => {
    const { errors } = updated(serviceKind, old, {
      spec: { ...old.spec, clusterIP: '10.43.0.10' },
    });
    expect(errors).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.43.0.10"]: may not change once set',
    ]);
  });
});

test.each([
  ['ClusterIP', { ports: [port] }, {}, ['<none>', '80/TCP', '<none>']],
  ['ClusterIP', { externalIPs: ['1.2.3.4'] }, {}, ['1.2.3.4', '<none>', '<none>']],
  [
    'NodePort',
    {
      ports: [
        { port: 80, nodePort: 30001 },
        { port: 53, protocol: 'UDP' },
      ],
      selector: { b: '2', a: '1' },
    },
    {},
    ['<none>', '80:30001/TCP,53/UDP', 'a=1,b=2'],
  ],
  ['LoadBalancer', {}, {}, ['<pending>', '<none>', '<none>']],
  [
    'LoadBalancer',
    { externalIPs: ['9.9.9.9'] },
    { ingress: [{ ip: '2.2.2.2' }, { hostname: 'a.example' }] },
    ['2.2.2.2,a.example,9.9.9.9', '<none>', '<none>'],
  ],
  ['ExternalName', { externalName: 'a.example' }, {}, ['a.example', '<none>', '<none>']],
])('the row of a %s service %#', (type, spec, loadBalancer, [external, ports, selector]) => {
  const { object } = created(serviceKind, { spec: { type, ...spec } });
  expect(row(serviceKind, { ...object, status: { loadBalancer } })).toMatchObject({
    Type: type,
    'Cluster-IP': '<none>',
    'External-IP': external,
    'Port(s)': ports,
    Selector: selector,
  });
});

test('the status of a load balancer', () => {
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', ports: [port] };
  const status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: '1.2.3.4' }] } };
  const { object, errors } = updated(serviceKind, { spec }, { spec: {}, status }, 'status');
  expect(errors).toEqual([
    'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
  ]);
  expect(object.status).toMatchObject({ loadBalancer: { ingress: [{ ipMode: 'VIP' }, {}] } });
});
