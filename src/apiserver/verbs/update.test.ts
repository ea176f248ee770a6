import { describe, expect, it } from 'vitest';
import type { ConfigMap } from '../../generated/types.ts';
import { configMapKind } from '../../objects/core/config-map.ts';
import { configMap, TestServer } from '../testing/test-server.ts';

const BASE = '/api/v1/namespaces/default/configmaps';
const MERGE = { contentType: 'application/merge-patch+json' };

async function withObject(metadata: object = {}): Promise<TestServer> {
  const server = new TestServer();
  await server.call('POST', BASE, configMap('a', 'v', metadata));
  return server;
}

describe('update', () => {
  it('writes nothing when nothing changes', async () => {
    const server = await withObject();
    const { status, value } = await server.call('PUT', `${BASE}/a`, configMap('a'));
    expect([status, value.metadata.resourceVersion]).toEqual([200, '2']);
    expect(server.store.revision).toBe(2);
  });

  it('shares with the old object what stays as it was', async () => {
    const server = await withObject();
    const key = '/registry/core/configmaps/default/a';
    const before = (await server.store.get(key))?.value.object as ConfigMap;
    await server.call('PUT', `${BASE}/a`, configMap('a', 'v', { labels: { a: 'b' } }));
    const labelled = (await server.store.get(key))?.value.object as ConfigMap;
    expect(labelled.metadata.labels).toEqual({ a: 'b' });
    expect(labelled.data).toBe(before.data);
    await server.call('PUT', `${BASE}/a`, configMap('a', 'w'));
    const changed = (await server.store.get(key))?.value.object as ConfigMap;
    expect([changed.data, before.data]).toEqual([{ k: 'w' }, { k: 'v' }]);
  });

  const refusals: [string, object, number, RegExp][] = [
    [
      'an older revision',
      configMap('a', 'w', { resourceVersion: '1' }),
      409,
      /^Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again$/,
    ],
    [
      'another uid',
      configMap('a', 'w', { uid: 'other' }),
      409,
      /^Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: \S+, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: \S{36}$/,
    ],
    [
      'another name',
      configMap('b'),
      400,
      /^the name of the object \(b\) does not match the name on the URL \(a\)$/,
    ],
    [
      'no name',
      configMap(''),
      400,
      /^the name of the object \(a based on URL\) was undeterminable: name must be provided$/,
    ],
    [
      'another creation time',
      configMap('a', 'w', { creationTimestamp: '2001-01-01T00:00:00Z' }),
      422,
      /metadata.creationTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable$/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_name, body, status, message) => {
    const server = await withObject();
    const answer = await server.call('PUT', `${BASE}/a`, body);
    expect(answer.value.message).toMatch(message);
    expect(answer.status).toBe(status);
  });

  it('answers 404 for what is not there', async () => {
    const { status, value } = await new TestServer().call('PUT', `${BASE}/a`, configMap('a'));
    expect([status, value.message]).toEqual([404, 'configmaps "a" not found']);
  });

  it('creates what is not there where its kind says so', async () => {
    const server = new TestServer([{ ...configMapKind, createOnUpdate: true }]);
    const { status } = await server.call('PUT', `${BASE}/a`, configMap('a'));
    expect(status).toBe(201);
    expect((await server.call('GET', `${BASE}/a`)).status).toBe(200);
  });

  it('insists on a revision where the kind does', async () => {
    const server = new TestServer([{ ...configMapKind, unconditionalUpdateForbidden: true }]);
    await server.call('POST', BASE, configMap('a'));
    const { status, value } = await server.call('PUT', `${BASE}/a`, configMap('a', 'w'));
    expect([status, value.details.causes[0].field]).toEqual([422, 'metadata.resourceVersion']);
  });

  it('lets one of two conditional updates win', async () => {
    const server = await withObject();
    const update = (value: string) =>
      server.call('PUT', `${BASE}/a`, configMap('a', value, { resourceVersion: '2' }));
    const answers = await Promise.all([update('x'), update('y')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('lets unconditional updates and patches all win', async () => {
    const server = await withObject();
    const numbers = Array.from({ length: 15 }, (_, index) => index);
    const answers = await Promise.all(
      numbers.map((number) =>
        number % 3 === 0
          ? server.call('PUT', `${BASE}/a`, configMap('a', `w${number}`))
          : server.call('PATCH', `${BASE}/a`, { data: { [`k${number}`]: 'x' } }, MERGE),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('changes nothing in a dry run', async () => {
    const server = await withObject();
    const { value } = await server.call('PUT', `${BASE}/a?dryRun=All`, configMap('a', 'w'));
    expect(value.data).toEqual({ k: 'w' });
    expect((await server.call('GET', `${BASE}/a`)).value.data).toEqual({ k: 'v' });
  });

  it('takes no new finalizers once deletion began', async () => {
    const server = await withObject({ finalizers: ['example.com/a'] });
    await server.call('DELETE', `${BASE}/a`);
    const finalizers = ['example.com/a', 'example.com/b'];
    const { status, value } = await server.call(
      'PUT',
      `${BASE}/a`,
      configMap('a', 'v', { finalizers }),
    );
    expect([status, value.message]).toEqual([
      422,
      'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}',
    ]);
  });
});

describe('patch', () => {
  const patches: [string, string, unknown, object][] = [
    ['merge', 'application/merge-patch+json', { data: { k: null, z: '1' } }, { z: '1' }],
    [
      'strategic merge',
      'application/strategic-merge-patch+json',
      { data: { z: '1' } },
      { k: 'v', z: '1' },
    ],
    [
      'JSON',
      'application/json-patch+json',
      [{ op: 'replace', path: '/data/k', value: 'w' }],
      { k: 'w' },
    ],
  ];
  it.each(patches)('applies a %s patch', async (_name, contentType, patch, data) => {
    const server = await withObject();
    const { status, value } = await server.call('PATCH', `${BASE}/a`, patch, { contentType });
    expect([status, value.data]).toEqual([200, data]);
  });

  const refusals: [string, string, unknown, number, RegExp][] = [
    ['server-side apply', 'application/apply-patch+yaml', {}, 415, /application\/json-patch\+json/],
    ['an unknown type', 'application/json', {}, 415, /unknown format/],
    ['bad JSON', 'application/merge-patch+json', '{', 400, /error decoding patch/],
    [
      'a JSON patch that does not fit',
      'application/json-patch+json',
      [{ op: 'remove', path: '/x/y' }],
      422,
      /^the server rejected our request due to an error in our request$/,
    ],
    [
      'a patch of an older revision',
      'application/merge-patch+json',
      { metadata: { resourceVersion: '1' }, data: { z: '1' } },
      409,
      /the object has been modified/,
    ],
    [
      'another name',
      'application/merge-patch+json',
      { metadata: { name: 'b' } },
      400,
      /does not match/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_name, contentType, patch, status, message) => {
    const server = await withObject();
    const answer = await server.call('PATCH', `${BASE}/a`, patch, { contentType });
    expect(answer.value.message).toMatch(message);
    expect(answer.status).toBe(status);
  });
});
