import { beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/clock.ts';
import { configMap, TestServer } from '../testing/test-server.ts';

const BASE = '/api/v1/namespaces/default/configmaps';
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const PARTIAL = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

async function filled(): Promise<TestServer> {
  const server = new TestServer();
  for (const [index, name] of NAMES.entries()) {
    const labels = { app: index % 2 === 0 ? 'even' : 'odd' };
    await server.call('POST', BASE, configMap(name, 'v', { labels }));
  }
  await server.call('POST', '/api/v1/namespaces/other/configmaps', configMap('a'));
  return server;
}

function names(list: { items: { metadata: { name: string } }[] }): string[] {
  return list.items.map((item) => item.metadata.name);
}

describe('list', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await filled();
  });

  const choices: [string, string, string[]][] = [
    ['all of a namespace', BASE, NAMES],
    ['all namespaces', '/api/v1/configmaps', [...NAMES, 'a']],
    ['by label', `${BASE}?labelSelector=app%3Deven`, ['a', 'c', 'e']],
    ['by label set', `${BASE}?labelSelector=app%20in%20(odd)`, ['b', 'd']],
    ['by name', `${BASE}?fieldSelector=metadata.name%3Db`, ['b']],
    ['by name, everywhere', '/api/v1/configmaps?fieldSelector=metadata.name%3Da', ['a', 'a']],
    ['by namespace', '/api/v1/configmaps?fieldSelector=metadata.namespace%3Dother', ['a']],
    ['by a name that is a prefix', `${BASE}?fieldSelector=metadata.name%3D`, []],
    ['from any revision', `${BASE}?resourceVersion=0`, NAMES],
    ['at a revision', `${BASE}?resourceVersion=3&resourceVersionMatch=Exact`, ['a', 'b']],
    ['not older than a revision', `${BASE}?resourceVersion=3`, NAMES],
  ];
  it.each(choices)('answers %s', async (_name, url, expected) => {
    const { status, value } = await server.call('GET', url);
    expect([status, names(value)]).toEqual([200, expected]);
    expect(value).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
  });

  const refusals: [string, string, number, string][] = [
    [
      'a bad label selector',
      `${BASE}?labelSelector=a%3D%3D%3Db`,
      400,
      "unable to parse requirement: found '=', expected: identifier",
    ],
    [
      'an unknown field',
      `${BASE}?fieldSelector=spec.x%3D1`,
      400,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      'a revision to come',
      `${BASE}?resourceVersion=100`,
      504,
      'Too large resource version: 100, current: 7',
    ],
    [
      'a bad revision',
      `${BASE}?resourceVersion=x`,
      400,
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ],
    [
      'a match without revision',
      `${BASE}?resourceVersionMatch=Exact`,
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'exactly any revision',
      `${BASE}?resourceVersionMatch=Exact&resourceVersion=0`,
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'initial events',
      `${BASE}?sendInitialEvents=true`,
      422,
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
    ['a token that is none', `${BASE}?continue=x`, 400, 'continue key is not valid: '],
  ];
  it.each(refusals)('refuses %s', async (_name, url, status, message) => {
    const answer = await server.call('GET', url);
    expect(answer.value.message).toContain(message);
    expect(answer.status).toBe(status);
  });

  it('shows metadata alone', async () => {
    const { value } = await server.call('GET', BASE, undefined, { headers: { accept: PARTIAL } });
    expect(value).toMatchObject({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
    });
    expect(value.items[0]).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: expect.objectContaining({ name: 'a' }),
    });
  });

  const tables: [string, string, unknown][] = [
    ['by default', '', expect.objectContaining({ kind: 'PartialObjectMetadata' })],
    ['None', '?includeObject=None', null],
    ['Object', '?includeObject=Object', expect.objectContaining({ data: { k: 'v' } })],
  ];
  it.each(tables)('makes a table, with objects %s', async (_name, query, object) => {
    const headers = { accept: TABLE };
    const { value } = await server.call('GET', `${BASE}${query}`, undefined, { headers });
    expect(value).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const columns = value.columnDefinitions.map((column: { name: string }) => column.name);
    expect(columns).toEqual(['Name', 'Data', 'Age']);
    expect(value.rows[0]).toEqual({ cells: ['a', 1, '0s'], object });
  });

  it('refuses formats that it does not have', async () => {
    const headers = { accept: 'application/vnd.kubernetes.protobuf' };
    const { status, value } = await server.call('GET', BASE, undefined, { headers });
    expect([status, value.reason]).toEqual([406, 'NotAcceptable']);
  });
});

describe('list in pages', () => {
  it('shows one revision from the first page to the last', async () => {
    const server = await filled();
    const first = (await server.call('GET', `${BASE}?limit=2`)).value;
    expect(first.metadata.remainingItemCount).toBe(3);
    await server.call('DELETE', `${BASE}/c`);
    await server.call('POST', BASE, configMap('f'));
    const token = encodeURIComponent(first.metadata.continue);
    const second = (await server.call('GET', `${BASE}?limit=2&continue=${token}`)).value;
    const last = (await server.call('GET', `${BASE}?limit=2&continue=${second.metadata.continue}`))
      .value;
    expect([first, second, last].map(names)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(last.metadata.continue).toBeUndefined();
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('counts only what the selector chooses', async () => {
    const server = await filled();
    const url = `${BASE}?limit=2&labelSelector=app%3Deven`;
    const first = (await server.call('GET', url)).value;
    expect(names(first)).toEqual(['a', 'c']);
    expect(first.metadata.remainingItemCount).toBeUndefined();
    const second = (await server.call('GET', `${url}&continue=${first.metadata.continue}`)).value;
    expect(names(second)).toEqual(['e']);
  });

  it('answers 410 with a token to go on by when the revision is gone', async () => {
    const server = await filled();
    const first = (await server.call('GET', `${BASE}?limit=2`)).value;
    await server.call('POST', BASE, configMap('f'));
    await server.store.compact(server.store.revision);
    const url = `${BASE}?limit=9&continue=${first.metadata.continue}`;
    const expired = await server.call('GET', url);
    expect([expired.status, expired.value.reason]).toEqual([410, 'Expired']);
    expect(expired.value.message).toMatch(/^The provided continue parameter is too old/);
    const token = expired.value.metadata.continue;
    const rest = await server.call('GET', `${BASE}?limit=9&continue=${token}`);
    expect(names(rest.value)).toEqual(['c', 'd', 'e', 'f']);
  });

  it('takes no revision beside a token', async () => {
    const server = await filled();
    const { metadata } = (await server.call('GET', `${BASE}?limit=2`)).value;
    const url = `${BASE}?limit=2&resourceVersion=3&continue=${metadata.continue}`;
    const { status, value } = await server.call('GET', url);
    expect([status, value.message]).toEqual([
      400,
      'specifying resource version is not allowed when using continue',
    ]);
  });
});

describe('list of many', () => {
  it.each([
    ['by label', `${BASE}?labelSelector=app%3Deven`, 'application/json', 5],
    ['a page by label', `${BASE}?labelSelector=app%3Deven&limit=4`, 'application/json', 4],
    ['metadata alone', BASE, PARTIAL, 10],
  ])('works in slices: %s', async (_name, url, accept, count) => {
    const virtual = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
    let looks = 0;
    // Each look at this clock is a millisecond of work.
    const monotonic = () => looks++;
    const timer = (delayMs: number, fire: () => void) => virtual.timer(delayMs, fire);
    const clock = { now: () => virtual.now(), monotonic, timer };
    const server = new TestServer(undefined, { clock });
    for (let index = 0; index < 10; index++) {
      const labels = { app: index % 2 === 0 ? 'even' : 'odd' };
      await server.call('POST', BASE, configMap(`map-${index}`, 'v', { labels }));
    }
    const listing = server.call('GET', url, undefined, { headers: { accept } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(virtual.pending).toBe(1);
    await virtual.advance(0);
    expect((await listing).value.items).toHaveLength(count);
  });
});
