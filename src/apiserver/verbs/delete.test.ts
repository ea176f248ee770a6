import { describe, expect, it } from 'vitest';
import { configMapKind } from '../../objects/core/config-map.ts';
import { namespaceKind } from '../../objects/core/namespace.ts';
import type { Kind } from '../../objects/kind.ts';
import { configMap, TestServer, takeLines } from '../testing/test-server.ts';

const BASE = '/api/v1/namespaces/default/configmaps';
/** ConfigMaps that go as pods do. */
const GRACEFUL: Kind = {
  ...configMapKind,
  delete: { gracePeriodSeconds: (_object, requested) => requested ?? 30 },
};

async function withObject(kinds?: readonly Kind[], metadata: object = {}): Promise<TestServer> {
  const server = new TestServer(kinds);
  await server.call('POST', BASE, configMap('a', 'v', metadata));
  return server;
}

describe('delete', () => {
  it('removes at once and answers a Status', async () => {
    const server = await withObject();
    const { status, value } = await server.call('DELETE', `${BASE}/a`);
    expect(status).toBe(200);
    expect(value).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: expect.any(String) },
    });
    const again = await server.call('DELETE', `${BASE}/a`);
    expect([again.status, again.value.message]).toEqual([404, 'configmaps "a" not found']);
  });

  it('marks first and removes when the grace period is cut to 0', async () => {
    const server = await withObject([GRACEFUL]);
    const watch = await server.watch('/api/v1/configmaps?watch=1&resourceVersion=2');
    const first = await server.call('DELETE', `${BASE}/a`);
    expect(first.value.metadata).toMatchObject({
      deletionTimestamp: '2026-01-02T03:04:35Z',
      deletionGracePeriodSeconds: 30,
    });
    const longer = await server.call('DELETE', `${BASE}/a`, { gracePeriodSeconds: 60 });
    expect(longer.value.metadata.deletionGracePeriodSeconds).toBe(30);
    const shorter = await server.call('DELETE', `${BASE}/a?gracePeriodSeconds=10`);
    expect(shorter.value.metadata).toMatchObject({
      deletionTimestamp: '2026-01-02T03:04:15Z',
      deletionGracePeriodSeconds: 10,
    });
    await server.call('DELETE', `${BASE}/a`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
    });
    expect((await server.call('GET', `${BASE}/a`)).status).toBe(404);
    expect(takeLines(watch).map(({ type }) => type)).toEqual([
      'MODIFIED',
      'MODIFIED',
      'MODIFIED',
      'DELETED',
    ]);
    watch.close();
  });

  it('waits for finalizers', async () => {
    const server = await withObject(undefined, { finalizers: ['example.com/a'] });
    const { value } = await server.call('DELETE', `${BASE}/a`);
    expect(value.metadata).toMatchObject({
      deletionTimestamp: '2026-01-02T03:04:05Z',
      deletionGracePeriodSeconds: 0,
    });
    const again = await server.call('POST', BASE, configMap('a'));
    expect(again.value.message).toBe('object is being deleted: configmaps "a" already exists');
    const patch = { metadata: { finalizers: null } };
    const contentType = 'application/merge-patch+json';
    expect((await server.call('PATCH', `${BASE}/a`, patch, { contentType })).status).toBe(200);
    expect((await server.call('GET', `${BASE}/a`)).status).toBe(404);
  });

  const policies: [string, object, string[] | undefined][] = [
    ['Orphan', { propagationPolicy: 'Orphan' }, ['orphan']],
    ['Foreground', { propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    ['orphanDependents', { orphanDependents: true }, ['orphan']],
    ['Background', { propagationPolicy: 'Background' }, undefined],
  ];
  it.each(policies)(
    'keeps the object for the garbage collector: %s',
    async (_name, options, kept) => {
      const server = await withObject();
      const { value } = await server.call('DELETE', `${BASE}/a`, options);
      expect(value.metadata.finalizers).toEqual(kept);
    },
  );

  const refusals: [string, object, number, RegExp][] = [
    [
      'another uid',
      { preconditions: { uid: 'x' } },
      409,
      /^Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition \(x\) does not match the UID in record \(\S+\). The object might have been deleted and then recreated$/,
    ],
    [
      'another revision',
      { preconditions: { resourceVersion: '1' } },
      409,
      /^Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(2\). The object might have been modified$/,
    ],
    [
      'two policies',
      { propagationPolicy: 'Orphan', orphanDependents: true },
      422,
      /orphanDependents and deletionPropagation cannot be both set$/,
    ],
    [
      'an unknown policy',
      { propagationPolicy: 'X' },
      422,
      /propagationPolicy: Unsupported value: "X"/,
    ],
    ['a body of another kind', { kind: 'Pod', apiVersion: 'v1' }, 400, /DeleteOptions/],
    ['a period that is no number', { gracePeriodSeconds: 'x' }, 400, /wrong type/],
  ];
  it.each(refusals)('refuses %s', async (_name, options, status, message) => {
    const server = await withObject();
    const answer = await server.call('DELETE', `${BASE}/a`, options);
    expect(answer.value.message).toMatch(message);
    expect(answer.status).toBe(status);
    expect((await server.call('GET', `${BASE}/a`)).status).toBe(200);
  });

  it('does nothing in a dry run', async () => {
    const server = await withObject();
    expect((await server.call('DELETE', `${BASE}/a?dryRun=All`)).status).toBe(200);
    expect((await server.call('GET', `${BASE}/a`)).status).toBe(200);
  });

  it('keeps a namespace until it is finalized', async () => {
    const server = new TestServer([namespaceKind]);
    const url = '/api/v1/namespaces/x';
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'x' } });
    const deleted = await server.call('DELETE', url);
    expect(deleted.value.status.phase).toBe('Terminating');
    const again = await server.call('DELETE', url);
    expect([again.status, again.value.reason]).toEqual([409, 'Conflict']);
    const finalized = { metadata: { name: 'x' }, spec: { finalizers: [] } };
    expect((await server.call('PUT', `${url}/finalize`, finalized)).status).toBe(200);
    expect((await server.call('GET', url)).status).toBe(404);
  });
});

describe('deletecollection', () => {
  it('deletes what the selectors choose', async () => {
    const server = new TestServer();
    for (const name of ['a', 'b', 'c']) {
      const labels = { app: name === 'c' ? 'other' : 'web' };
      await server.call('POST', BASE, configMap(name, 'v', { labels }));
    }
    const { value } = await server.call('DELETE', `${BASE}?labelSelector=app%3Dweb`);
    expect(value.kind).toBe('ConfigMapList');
    expect(value.items).toHaveLength(2);
    const left = await server.call('GET', BASE);
    expect(
      left.value.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ).toEqual(['c']);
  });
});
