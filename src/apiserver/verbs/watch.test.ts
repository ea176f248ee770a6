import { afterEach, describe, expect, it } from 'vitest';
import type { WatchBody } from '../handler.ts';
import { configMap, TestServer, takeLines } from '../testing/test-server.ts';

const BASE = '/api/v1/namespaces/default/configmaps';
const open: WatchBody[] = [];

async function watching(server: TestServer, query: string, accept?: string): Promise<WatchBody> {
  const headers: Record<string, string> = accept === undefined ? {} : { accept };
  const watch = await server.watch(`${BASE}?watch=true&${query}`, { headers });
  open.push(watch);
  return watch;
}

/** `ADDED a@2` for each frame. */
function summary(watch: WatchBody): string[] {
  return takeLines(watch).map(
    ({ type, object }) =>
      `${type} ${object.metadata?.name ?? ''}@${object.metadata?.resourceVersion ?? object.code}`,
  );
}

async function withObjects(...names: string[]): Promise<TestServer> {
  const server = new TestServer();
  for (const name of names) await server.call('POST', BASE, configMap(name));
  return server;
}

describe('watch', () => {
  afterEach(() => {
    for (const watch of open.splice(0)) watch.close();
  });

  const starts: [string, string, string[]][] = [
    ['without revision: what is there', '', ['ADDED a@2', 'ADDED b@3']],
    ['from any revision: what is there', 'resourceVersion=0', ['ADDED a@2', 'ADDED b@3']],
    ['from a revision: what came after', 'resourceVersion=2', ['ADDED b@3']],
    ['from now', 'resourceVersion=3', []],
    [
      'with initial events: their end is marked',
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      ['ADDED a@2', 'ADDED b@3', 'BOOKMARK @3'],
    ],
    ['without initial events', 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan', []],
    ['of one name', 'fieldSelector=metadata.name%3Db', ['ADDED b@3']],
  ];
  it.each(starts)('begins %s', async (_name, query, expected) => {
    const server = await withObjects('a', 'b');
    expect(summary(await watching(server, query))).toEqual(expected);
  });

  it('marks the end of the initial events', async () => {
    const server = await withObjects();
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1';
    const [frame] = takeLines(await watching(server, query));
    expect(frame.object).toMatchObject({
      kind: 'ConfigMap',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
  });

  it('tells of every change, with the revision of a deletion', async () => {
    const server = await withObjects('a');
    const watch = await watching(server, 'resourceVersion=1');
    await server.call('PUT', `${BASE}/a`, configMap('a', 'w'));
    await server.call('POST', '/api/v1/namespaces/other/configmaps', configMap('x'));
    await server.call('DELETE', `${BASE}/a`);
    expect(summary(watch)).toEqual(['ADDED a@2', 'MODIFIED a@3', 'DELETED a@5']);
  });

  it('tells when an object starts or stops to match', async () => {
    const server = await withObjects();
    const watch = await watching(server, 'resourceVersion=1&labelSelector=app%3Dweb');
    const labelled = (app: string, value: string) => configMap('a', value, { labels: { app } });
    await server.call('POST', BASE, labelled('other', '1'));
    await server.call('PUT', `${BASE}/a`, labelled('web', '2'));
    await server.call('PUT', `${BASE}/a`, labelled('web', '3'));
    await server.call('PUT', `${BASE}/a`, labelled('other', '4'));
    await server.call('DELETE', `${BASE}/a`);
    const frames = takeLines(watch);
    expect(frames.map(({ type, object }) => [type, object.data.k])).toEqual([
      ['ADDED', '2'],
      ['MODIFIED', '3'],
      ['DELETED', '3'],
    ]);
  });

  it('shares the frame of an event among watches of one shape', async () => {
    const server = await withObjects();
    const watches = [await watching(server, ''), await watching(server, '')];
    await server.call('POST', BASE, configMap('a'));
    const [first, second] = watches.map((watch) => watch.take(1)[0]!);
    expect(first).toBe(second);
  });

  it('calls when there is something new', async () => {
    const server = await withObjects();
    const watch = await watching(server, '');
    let calls = 0;
    watch.onReady = () => calls++;
    await server.call('POST', BASE, configMap('a'));
    expect(calls).toBe(1);
  });

  it('takes the initial objects in pieces', async () => {
    const watch = await watching(await withObjects('a', 'b', 'c'), '');
    expect(takeLines(watch, 2)).toHaveLength(2);
    expect(takeLines(watch, 2)).toHaveLength(1);
    expect(watch.ended).toBe(false);
  });

  it('ends when its time is up, all timers with it', async () => {
    const server = await withObjects();
    const watch = await watching(server, 'timeoutSeconds=10&allowWatchBookmarks=true');
    await server.clock.advance(9_999);
    expect(watch.ended).toBe(false);
    await server.clock.advance(1);
    expect([watch.take(1), watch.ended]).toEqual([[], true]);
    expect(server.clock.pending).toBe(0);
  });

  it('sends a bookmark a minute while the revision moves', async () => {
    const server = await withObjects();
    const watch = await watching(server, 'resourceVersion=1&allowWatchBookmarks=true');
    await server.call('POST', '/api/v1/namespaces/other/configmaps', configMap('x'));
    await server.clock.advance(60_000);
    expect(summary(watch)).toEqual(['BOOKMARK @2']);
    await server.clock.advance(60_000);
    expect(summary(watch)).toEqual([]);
  });

  it('ends with its client', async () => {
    const server = await withObjects();
    const abort = new AbortController();
    const watch = await server.watch(`${BASE}?watch=1`, { signal: abort.signal });
    abort.abort();
    expect(watch.ended).toBe(true);
    expect(server.clock.pending).toBe(0);
  });

  it('answers history that is gone with an ERROR frame', async () => {
    const server = await withObjects('a', 'b');
    await server.store.compact(3);
    const watch = await watching(server, 'resourceVersion=1');
    const [frame] = takeLines(watch);
    expect([frame.type, frame.object.code, frame.object.reason]).toEqual(['ERROR', 410, 'Expired']);
    expect(frame.object.message).toBe('too old resource version: 1 (3)');
    expect([watch.take(1), watch.ended]).toEqual([[], true]);
  });

  it('shows tables whose first frame alone describes the columns', async () => {
    const server = await withObjects('a', 'b');
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const [first, second] = takeLines(await watching(server, '', accept));
    expect(first.object.columnDefinitions).toHaveLength(3);
    expect(second.object.columnDefinitions).toBeNull();
    expect(second.object.rows[0].cells[0]).toBe('b');
  });

  it('shows metadata alone', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    const [frame] = takeLines(await watching(await withObjects('a'), '', accept));
    expect(frame.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(frame.object.data).toBeUndefined();
  });

  const refusals: [string, string, RegExp][] = [
    [
      'a match alone',
      'resourceVersionMatch=NotOlderThan',
      /forbidden for watch unless sendInitialEvents/,
    ],
    [
      'initial events without match',
      'sendInitialEvents=true',
      /requires setting resourceVersionMatch/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_name, query, message) => {
    const answer = await new TestServer().call('GET', `${BASE}?watch=1&${query}`);
    expect([answer.status, answer.value.message]).toEqual([422, expect.stringMatching(message)]);
  });
});
