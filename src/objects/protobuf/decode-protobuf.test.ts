import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from './decode-protobuf.ts';
import { fieldOrder } from './field-numbers.ts';
import { WireError } from './wire.ts';

/** What kubectl 1.33 sent, and the object it meant. */
const SENT: readonly (readonly [command: string, base64: string, object: object])[] = [
  [
    'create namespace foo',
    'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhsKEwoDZm9vEgAaACIAKgAyADgAQgASABoCCgAaACIA',
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo' }, spec: {}, status: {} },
  ],
  [
    'create configmap a --from-literal=x=y -n foo',
    'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEh4KFAoBYRIAGgNmb28iACoAMgA4AEIAEgYKAXgSAXkaACIA',
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'foo' },
      data: { x: 'y' },
    },
  ],
  [
    'create secret generic s --from-literal=p=q',
    'azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAXASAXEaABoAIgA=',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { p: 'cQ==' } },
  ],
  [
    'create service clusterip web --tcp=80:http --tcp=5:6',
    'azhzAAoNCgJ2MRIHU2VydmljZRKEAQofCgN3ZWISABoAIgAqADIAOABCAFoKCgNhcHASA3dlYhJdCh4KBzgwLWh0' +
      'dHASA1RDUBhQIgoIARAAGgRodHRwKAAKFgoDNS02EgNUQ1AYBSIGCAAQBhoAKAASCgoDYXBwEgN3ZWIaACIJQ2x1' +
      'c3RlcklQOgBCAFIAWgBgAGgAGgIKABoAIgA=',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        ports: [
          { name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http' },
          { name: '5-6', protocol: 'TCP', port: 5, targetPort: 6 },
        ],
        selector: { app: 'web' },
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    },
  ],
];

/** Writes a field with bytes, for messages that no client sends. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, raw)]);
}

describe('decodeProtobuf', () => {
  it.each(SENT)('reads what kubectl sends for %s', (_command, base64, object) => {
    expect(decodeProtobuf(Buffer.from(base64, 'base64'))).toEqual(object);
  });

  it('keeps a zero that is a choice and drops one that means absent', () => {
    const grace = Buffer.from([(4 << 3) | 0, 0]);
    const hostNetwork = Buffer.from([(11 << 3) | 0, 0]);
    const spec = field(2, Buffer.concat([grace, hostNetwork]));
    expect(decodeProtobuf(envelope('v1', 'Pod', spec)).spec).toEqual({
      terminationGracePeriodSeconds: 0,
    });
  });

  it('reads a part that JSON writes into the object itself', () => {
    const probe = field(1, field(1, field(1, 'ls')));
    const container = field(2, field(2, field(10, probe)));
    const { spec } = decodeProtobuf(envelope('v1', 'Pod', container));
    expect(spec).toEqual({ containers: [{ livenessProbe: { exec: { command: ['ls'] } } }] });
  });

  it('does not let a label reach the prototype', () => {
    const label = field(11, Buffer.concat([field(1, '__proto__'), field(2, 'x')]));
    const { metadata } = decodeProtobuf(envelope('v1', 'Pod', field(1, label)));
    expect(JSON.stringify(metadata)).toBe('{"labels":{"__proto__":"x"}}');
  });

  it.each([
    ['no envelope', Buffer.from('{"kind":"Pod"}')],
    ['a cut message', Buffer.from(SENT[3]![1], 'base64').subarray(0, 60)],
    ['an unknown kind', envelope('v1', 'Poodle', Buffer.alloc(0))],
    ['an endless number', Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(20, 0xff)])],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decodeProtobuf(bytes)).toThrow(WireError);
  });
});

describe('fieldOrder', () => {
  it.each([
    ['io.k8s.api.core.v1.Container', 'startupProbe', 22],
    ['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'finalizers', 14],
    ['io.k8s.api.events.v1.Event', 'note', 10],
  ])('knows the number of %s %s', (definition, name, number) => {
    expect(fieldOrder(definition)?.indexOf(name)).toBe(number - 1);
  });
});
