import { describe, expect, test } from 'vitest';
import { ApiError } from '../api-error.ts';
import { DecodeError, decode, decodeBody } from './decode.ts';

const POD = { group: '', version: 'v1', kind: 'Pod', schema: 'io.k8s.api.core.v1.Pod' };
const SERVICE = 'io.k8s.api.core.v1.Service';
const CORE = 'io.k8s.api.core.v1';

function pod(spec: object, metadata: object = { name: 'a' }): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}
const container = { name: 'c', image: 'i' };

describe('decode: what comes out', () => {
  const cases: [string, string, unknown, unknown][] = [
    [
      'unknown fields and nulls go, structs in place come',
      POD.schema,
      pod(
        { containers: [{ ...container, foo: 1 }], bar: {}, nodeName: null },
        { name: 'a', creationTimestamp: null },
      ),
      { ...pod({ containers: [{ ...container, resources: {} }] }), status: {} },
    ],
    [
      'empty optional lists and maps go',
      `${CORE}.PodSpec`,
      { containers: [], volumes: [], nodeSelector: {} },
      { containers: [] },
    ],
    [
      'null items become zero values',
      `${CORE}.Container`,
      { name: 'c', args: [null], env: [null] },
      { name: 'c', args: [''], env: [{ name: '' }], resources: {} },
    ],
    ['missing required scalars become zero values', `${CORE}.EnvVar`, {}, { name: '' }],
    [
      'pointers stay absent',
      'io.k8s.api.apps.v1.DeploymentSpec',
      {},
      {
        strategy: {},
        template: { metadata: {}, spec: { containers: [] } },
      },
    ],
    [
      'quantities are canonical',
      `${CORE}.ResourceRequirements`,
      { limits: { cpu: 0.1, memory: '1024Mi', x: '1000m' } },
      { limits: { cpu: '100m', memory: '1Gi', x: '1' } },
    ],
    [
      'times are canonical',
      `${CORE}.Event`,
      {
        metadata: {},
        involvedObject: {},
        firstTimestamp: '2026-01-02T03:04:05.9+01:00',
        eventTime: '2026-01-02T03:04:05.1234567Z',
      },
      {
        metadata: {},
        involvedObject: {},
        source: {},
        firstTimestamp: '2026-01-02T02:04:05Z',
        eventTime: '2026-01-02T03:04:05.123456Z',
      },
    ],
    [
      'int or string stays as given',
      `${CORE}.ServicePort`,
      { port: 1, targetPort: 'http' },
      { port: 1, targetPort: 'http' },
    ],
    [
      'bytes lose line breaks',
      `${CORE}.Secret`,
      { data: { a: 'YWJj\nZGVm' } },
      { metadata: {}, data: { a: 'YWJjZGVm' } },
    ],
    ['status of a service', SERVICE, {}, { metadata: {}, spec: {}, status: { loadBalancer: {} } }],
    [
      'schemas of custom resources, recursively',
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
      {
        items: { type: 'string', x: 1 },
        additionalProperties: false,
        default: { any: [1] },
        'x-kubernetes-int-or-string': true,
      },
      {
        items: { type: 'string' },
        additionalProperties: false,
        default: { any: [1] },
        'x-kubernetes-int-or-string': true,
      },
    ],
  ];
  test.each(cases)('%s', (_, name, value, expected) =>
    expect(decode(name, value).object).toEqual(expected),
  );

  test('does not touch its input, nor Object.prototype', () => {
    const input = JSON.parse(
      '{"metadata":{"labels":{"__proto__":"x","a":null}},"__proto__":{"polluted":1}}',
    ) as object;
    const before = JSON.stringify(input);
    const { object } = decode<{ metadata: { labels: object } }>(POD.schema, input);
    expect(JSON.stringify(input)).toBe(before);
    expect(JSON.stringify(object.metadata.labels)).toBe('{"__proto__":"x","a":""}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('decode: wrong types', () => {
  const cases: [string, unknown, string][] = [
    [
      POD.schema,
      pod({ containers: 'x' }),
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      POD.schema,
      pod({ containers: [{ image: 5 }] }),
      'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string',
    ],
    [
      POD.schema,
      pod({ containers: [{ command: 'ls' }] }),
      'json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
    ],
    [
      POD.schema,
      pod({ containers: [{ ports: [{ containerPort: '80' }] }] }),
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      POD.schema,
      pod({ containers: [{ ports: [{ containerPort: 1.5 }] }] }),
      'json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      POD.schema,
      pod({ containers: [{ ports: [{ containerPort: 3e9 }] }] }),
      'json: cannot unmarshal number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      POD.schema,
      pod({}, { labels: { a: 1 } }),
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      POD.schema,
      pod({}, { labels: ['a'] }),
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      POD.schema,
      pod({ hostNetwork: 'true' }),
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [
      POD.schema,
      pod({ restartPolicy: true }),
      'json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      POD.schema,
      { spec: [] },
      'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec',
    ],
    [
      `${CORE}.ServicePort`,
      { port: 1, targetPort: true },
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    [
      `${CORE}.ResourceRequirements`,
      { limits: { cpu: 'lots' } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [`${CORE}.Secret`, { data: { a: 'a b' } }, 'illegal base64 data at input byte 1'],
    [
      POD.schema,
      pod({}, { creationTimestamp: 'now' }),
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
    [POD.schema, 'x', 'json: cannot unmarshal string into Go value of type v1.Pod'],
  ];
  test.each(cases)('%s %j', (name, value, message) => {
    expect(() => decode(name, value)).toThrow(DecodeError);
    expect(() => decode(name, value)).toThrow(message);
  });
});

describe('decodeBody', () => {
  const bad =
    '{"spec":{"containers":[{"name":"c","envFrom":[{"name":"x","configMapRef":{"name":"m"}}],"image":"a","image":"b"}],"foo":1}}';

  test('Strict: refuses unknown and doubled fields by name', () => {
    expect(() => decodeBody(POD, { text: bad }, 'Strict')).toThrow(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].envFrom[0].name", unknown field "spec.foo", duplicate field "spec.containers[0].image"',
    );
  });

  test('Warn: tells of them and goes on with the last of the doubled', () => {
    const { object, warnings } = decodeBody(POD, { text: bad }, 'Warn');
    expect(warnings).toEqual([
      'unknown field "spec.containers[0].envFrom[0].name"',
      'unknown field "spec.foo"',
      'duplicate field "spec.containers[0].image"',
    ]);
    expect(object.spec).toMatchObject({ containers: [{ image: 'b' }] });
    expect(object).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
  });

  test('Warn: sees doubled fields without unknown ones, and in open values', () => {
    const warnings = (text: string) => decodeBody(POD, { text }, 'Warn').warnings;
    expect(warnings('{"metadata":{"labels":{"a\\"":"1", "a\\"" :"2"}}}')).toEqual([
      'duplicate field "metadata.labels.a\\""',
    ]);
    expect(warnings('{"metadata":{"managedFields":[{"fieldsV1":{"a":{},"a":{}}}]}}')).toEqual([
      'duplicate field "metadata.managedFields[0].fieldsV1.a"',
    ]);
    expect(warnings('{"metadata":{"labels":{"a":"b: \\"c\\":","d":"e"}}}')).toEqual([]);
  });

  const refusals: [string, string, string][] = [
    [
      'other version',
      '{"apiVersion":"apps/v1","kind":"Pod"}',
      'the API version in the data (apps/v1) does not match the expected API version (v1)',
    ],
    [
      'other kind',
      '{"apiVersion":"v1","kind":"Service"}',
      'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (v1.Pod): unknown conversion',
    ],
    [
      'no JSON',
      '{"a":',
      "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input (7b2261223a)",
    ],
    [
      'odd character',
      '{"a":x}',
      "couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value",
    ],
    ['too deep', '['.repeat(5000) + ']'.repeat(5000), 'exceeded max depth'],
    ['a list', '[]', 'the object provided is unrecognized'],
    [
      'wrong type',
      '{"spec":1}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec',
    ],
  ];
  test.each(refusals)('refuses: %s', (_, text, message) => {
    expect(() => decodeBody(POD, { text }, 'Strict')).toThrow(ApiError);
    expect(() => decodeBody(POD, { text }, 'Strict')).toThrow(message);
  });
});
