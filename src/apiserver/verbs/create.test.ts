import { describe, expect, it } from 'vitest';
import { configMapKind } from '../../objects/core/config-map.ts';
import type { Kind } from '../../objects/kind.ts';
import { configMap, TestServer } from '../testing/test-server.ts';

const BASE = '/api/v1/namespaces/default/configmaps';

describe('create', () => {
  it('sets what the server alone decides', async () => {
    const server = new TestServer();
    const { status, value } = await server.call('POST', BASE, {
      data: { k: 'v' },
      metadata: {
        name: 'a',
        uid: 'mine',
        creationTimestamp: '2001-01-01T00:00:00Z',
        deletionTimestamp: '2001-01-01T00:00:00Z',
        generation: 7,
        managedFields: [{ manager: 'x' }],
      },
    });
    expect(status).toBe(201);
    expect(value).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'default',
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        creationTimestamp: '2026-01-02T03:04:05Z',
        resourceVersion: '2',
      },
      data: { k: 'v' },
    });
  });

  const refusals: [string, string, unknown, number, string][] = [
    [
      'another namespace',
      BASE,
      configMap('a', 'v', { namespace: 'other' }),
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'no name',
      BASE,
      { data: {} },
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'a bad label',
      BASE,
      configMap('a', 'v', { labels: { 'a b': 'c' } }),
      422,
      `ConfigMap "a" is invalid: metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'too many annotations',
      BASE,
      configMap('a', 'v', { annotations: { a: 'x'.repeat(262_144) } }),
      422,
      'ConfigMap "a" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      'another kind',
      BASE,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
      400,
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (v1.ConfigMap): unknown conversion',
    ],
    [
      'another version',
      BASE,
      { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } },
      400,
      'the API version in the data (v2) does not match the expected API version (v1)',
    ],
    [
      'an unknown field, strictly',
      `${BASE}?fieldValidation=Strict`,
      { ...configMap('a'), foo: 1 },
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
    ],
    [
      'a resourceVersion',
      BASE,
      configMap('a', 'v', { resourceVersion: '5' }),
      500,
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'no namespace',
      '/api/v1/configmaps',
      configMap('a'),
      400,
      'an empty namespace may not be set during creation',
    ],
    [
      'an unknown dryRun',
      `${BASE}?dryRun=Some`,
      configMap('a'),
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "Some": supported values: "All"',
    ],
  ];
  it.each(refusals)('refuses %s', async (_name, url, body, status, message) => {
    const answer = await new TestServer().call('POST', url, body);
    expect(answer.value.message).toBe(message);
    expect(answer.status).toBe(status);
  });

  it('refuses a name that is taken', async () => {
    const server = new TestServer();
    await server.call('POST', BASE, configMap('a'));
    const { status, value } = await server.call('POST', BASE, configMap('a'));
    expect([status, value.reason, value.message, value.details]).toEqual([
      409,
      'AlreadyExists',
      'configmaps "a" already exists',
      { name: 'a', kind: 'configmaps' },
    ]);
  });

  it('warns of unknown fields unless told otherwise', async () => {
    const server = new TestServer();
    const body = { ...configMap('a'), foo: 1 };
    const warned = await server.call('POST', `${BASE}?dryRun=All`, body);
    expect(warned.headers.warning).toBe('299 - "unknown field \\"foo\\""');
    const ignored = await server.call('POST', `${BASE}?fieldValidation=Ignore`, body);
    expect(ignored.headers.warning).toBeUndefined();
    expect(ignored.value.foo).toBeUndefined();
  });

  it('stores nothing in a dry run', async () => {
    const server = new TestServer();
    const { status, value } = await server.call('POST', `${BASE}?dryRun=All`, configMap('a'));
    expect([status, value.metadata.name]).toEqual([201, 'a']);
    expect((await server.call('GET', `${BASE}/a`)).status).toBe(404);
  });

  it('makes a name from generateName', async () => {
    const server = new TestServer();
    const body = configMap('', 'v', { generateName: 'web-' });
    const { value } = await server.call('POST', BASE, body);
    expect(value.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
  });

  it('gives up after eight generated names that are taken', async () => {
    // A generator that always draws the same makes every name collide.
    const server = new TestServer(undefined, { prng: { next: () => 0 } });
    const body = configMap('', 'v', { generateName: 'web-' });
    await server.call('POST', BASE, body);
    const { status, value, headers } = await server.call('POST', BASE, body);
    expect([status, value.message, headers['retry-after']]).toEqual([
      409,
      'configmaps "web-bbbbb" already exists, the server was not able to generate a unique name for the object',
      '1',
    ]);
  });

  it('counts generations where the kind has them', async () => {
    const kind: Kind = { ...configMapKind, generation: true };
    const server = new TestServer([kind]);
    const created = await server.call('POST', BASE, configMap('a'));
    expect(created.value.metadata.generation).toBe(1);
    const updated = await server.call('PUT', `${BASE}/a`, configMap('a', 'w'));
    expect(updated.value.metadata.generation).toBe(2);
    const labelled = configMap('a', 'w', { labels: { a: 'b' } });
    const same = await server.call('PUT', `${BASE}/a`, labelled);
    expect(same.value.metadata.generation).toBe(2);
  });
});

describe('request bodies', () => {
  const cases: [string, string, string, number, RegExp][] = [
    [
      'bad JSON',
      '{bad',
      'application/json',
      400,
      /must be of type ConfigMap\): couldn't get version/,
    ],
    ['no object', '[]', 'application/json', 400, /must be of type ConfigMap/],
    ['nothing', '', 'application/json', 400, /must be of type ConfigMap/],
    ['deep nesting', '['.repeat(100_000), 'application/json', 400, /exceeded max depth/],
    [
      '3 MiB and more',
      ' '.repeat(3 * 1024 * 1024 + 1),
      'application/json',
      413,
      /limit is 3145728/,
    ],
    ['CBOR', 'k8s', 'application/cbor', 415, /unknown format - accepted media types include: /],
    ['bad protobuf', 'k8s', 'application/vnd.kubernetes.protobuf', 400, /./],
    ['bad YAML', 'a: [', 'application/yaml', 400, /error converting YAML to JSON: yaml: /],
  ];
  it.each(cases)('refuses %s', async (_name, body, contentType, status, message) => {
    const answer = await new TestServer().call('POST', BASE, body, { contentType });
    expect([answer.status, answer.value.kind]).toEqual([status, 'Status']);
    expect(answer.value.message).toMatch(message);
  });

  it('reads YAML', async () => {
    const yaml = 'metadata:\n  name: a\ndata:\n  day: "2026-01-01"\n';
    const contentType = 'application/yaml; charset=utf-8';
    const { status, value } = await new TestServer().call('POST', BASE, yaml, { contentType });
    expect([status, value.data]).toEqual([201, { day: '2026-01-01' }]);
  });
});
