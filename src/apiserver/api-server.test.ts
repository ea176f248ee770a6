import { describe, expect, it } from 'vitest';
import { kinds } from '../objects/kinds.ts';
import { bootstrap } from './bootstrap.ts';
import type { NodeRequest } from './server-parts.ts';
import { configMap, TestServer } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const EVENTS = '/api/v1/namespaces/default/events';
const BOOTSTRAP = { clusterIp: '10.43.0.1', advertise: { address: '192.0.2.1', port: 6443 } };

describe('requests in flight', () => {
  const limits = { readsMax: 1, writesMax: 1, longRunningMax: 1 };

  it('beyond the limit are answered 429', async () => {
    const server = new TestServer(undefined, { limits });
    const answers = await Promise.all([
      server.call('POST', CONFIG_MAPS, configMap('a')),
      server.call('POST', CONFIG_MAPS, configMap('b')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 429]);
    expect(answers[1]!.headers['retry-after']).toBe('1');
    expect(answers[1]!.value.message).toBe('Too many requests, please try again later.');
    expect((await server.call('POST', CONFIG_MAPS, configMap('b'))).status).toBe(201);
  });

  it('of the control plane always pass', async () => {
    const server = new TestServer(undefined, { limits });
    const user = { name: 'system:kube-scheduler', groups: [] };
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((name) => server.call('POST', CONFIG_MAPS, configMap(name), { user })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  it('count watches until they are closed', async () => {
    const server = new TestServer(undefined, { limits });
    const watch = await server.watch(`${CONFIG_MAPS}?watch=1`);
    expect((await server.call('GET', `${CONFIG_MAPS}?watch=1`)).status).toBe(429);
    watch.close();
    watch.close();
    (await server.watch(`${CONFIG_MAPS}?watch=1`)).close();
  });

  it('count a watch whose client was gone from the start but once', async () => {
    const server = new TestServer(undefined, { limits });
    const signal = AbortSignal.abort();
    await server.watch(`${CONFIG_MAPS}?watch=1`, { signal });
    (await server.watch(`${CONFIG_MAPS}?watch=1`)).close();
  });
});

describe('expiry', () => {
  it('drops events an hour after their last write, and is idle without any', async () => {
    const server = new TestServer(kinds);
    const abort = new AbortController();
    await server.server.start(abort.signal);
    expect(server.clock.pending).toBe(0);
    const event = (name: string) => ({
      metadata: { name },
      involvedObject: { namespace: 'default' },
    });
    await server.call('POST', EVENTS, event('a'));
    await server.call('POST', EVENTS, event('b'));
    await server.clock.advance(1_800_000);
    const contentType = 'application/merge-patch+json';
    await server.call('PATCH', `${EVENTS}/a`, { count: 2 }, { contentType });
    await server.clock.advance(1_800_000);
    const names = (await server.call('GET', EVENTS)).value.items.map(
      (item: { metadata: { name: string } }) => item.metadata.name,
    );
    expect(names).toEqual(['a']);
    await server.clock.advance(1_800_000);
    expect((await server.call('GET', EVENTS)).value.items).toEqual([]);
    expect(server.clock.pending).toBe(0);
    abort.abort();
  });

  it('goes on after a restart', async () => {
    const first = new TestServer(kinds);
    const event = { metadata: { name: 'a' }, involvedObject: { namespace: 'default' } };
    await first.call('POST', EVENTS, event);
    const second = new TestServer(kinds, { store: first.store });
    const abort = new AbortController();
    await second.server.start(abort.signal);
    await second.clock.advance(3_600_000);
    expect((await second.call('GET', EVENTS)).value.items).toEqual([]);
    await second.call('POST', EVENTS, event);
    abort.abort();
    expect(second.clock.pending).toBe(0);
  });
});

describe('bootstrap', () => {
  it('makes what every cluster has, once', async () => {
    const server = new TestServer(kinds, { admission: undefined, authorizer: undefined });
    const { signal } = new AbortController();
    await bootstrap(server.server.handler, BOOTSTRAP, signal);
    const { revision } = server.store;
    await bootstrap(server.server.handler, BOOTSTRAP, signal);
    expect(server.store.revision).toBe(revision);
    const { value } = await server.call('GET', '/api/v1/namespaces');
    const names = value.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(names).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    const service = await server.call('GET', '/api/v1/namespaces/default/services/kubernetes');
    expect(service.value.spec).toMatchObject({ clusterIP: '10.43.0.1', ports: [{ port: 443 }] });
    const endpoints = await server.call('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
    expect(endpoints.value.subsets[0].addresses).toEqual([{ ip: '192.0.2.1' }]);
  });
});

describe('logs', () => {
  async function withPod(names: readonly string[], nodeName = 'n1'): Promise<TestServer> {
    const server = new TestServer(kinds);
    const containers = names.map((name) => ({ name, image: 'i' }));
    await server.call('POST', PODS, { metadata: { name: 'p' }, spec: { nodeName, containers } });
    return server;
  }

  it('come from the node of the pod', async () => {
    const server = await withPod(['c']);
    const asked: [string, NodeRequest][] = [];
    server.server.setNodeProxy(async (node, request) => {
      asked.push([node, request]);
      return { status: 200, headers: {}, body: { type: 'bytes', bytes: Buffer.from('hello') } };
    });
    const { value } = await server.call('GET', `${PODS}/p/log?follow=true&tailLines=5`);
    expect(value).toBe('hello');
    expect(asked[0]).toMatchObject([
      'n1',
      { namespace: 'default', name: 'p', options: { container: 'c', follow: true, tailLines: 5 } },
    ]);
  });

  const refusals: [string, string, number, string][] = [
    [
      'no container among several',
      `${PODS}/p/log`,
      400,
      'a container name must be specified for pod p, choose one of: [a b]',
    ],
    [
      'an unknown container',
      `${PODS}/p/log?container=x`,
      400,
      'container x is not valid for pod p',
    ],
    ['an unknown pod', `${PODS}/q/log`, 404, 'pods "q" not found'],
    [
      'a bad number',
      `${PODS}/p/log?container=a&tailLines=x`,
      400,
      'strconv.ParseInt: parsing "x": invalid syntax',
    ],
    ['no way to the node', `${PODS}/p/log?container=a`, 503, 'node n1 cannot be reached yet'],
  ];
  it.each(refusals)('are refused with %s', async (_name, url, status, message) => {
    const answer = await (await withPod(['a', 'b'])).call('GET', url);
    expect([answer.status, answer.value.message]).toEqual([status, message]);
  });

  it('are empty before the pod has a node', async () => {
    const { status, value } = await (await withPod(['c'], '')).call('GET', `${PODS}/p/log`);
    expect([status, value]).toEqual([200, '']);
  });
});

describe('events in two versions', () => {
  it('are the same objects in two shapes', async () => {
    const server = new TestServer(kinds);
    const note = { metadata: { name: 'a' }, regarding: { namespace: 'default' }, note: 'hello' };
    const url = '/apis/events.k8s.io/v1/namespaces/default/events';
    const body = {
      ...note,
      eventTime: '2026-01-02T03:04:05.000000Z',
      reportingController: 'example.com/c',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r',
      type: 'Normal',
    };
    expect((await server.call('POST', url, body)).status).toBe(201);
    const old = await server.call('GET', `${EVENTS}/a`);
    expect(old.value).toMatchObject({ apiVersion: 'v1', message: 'hello' });
    const watch = await server.watch(`${url}?watch=1`);
    expect(watch.take(1)[0]!.object).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'hello',
    });
    watch.close();
  });
});

describe('warnings', () => {
  it('tell of deprecated kinds, then of unknown fields, then of what is hardly meant', async () => {
    const namespace = '/api/v1/namespaces/default';
    const server = new TestServer(kinds);
    const endpoints = { metadata: { name: 'a' }, foo: 1 };
    const created = await server.call('POST', `${namespace}/endpoints`, endpoints);
    const deprecated =
      '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
    expect(created.headers.warning).toBe(`${deprecated}, 299 - "unknown field \\"foo\\""`);
    const listed = await server.call('GET', `${namespace}/endpoints`);
    expect(listed.headers.warning).toBe(deprecated);
    const env = [{ name: 'A' }, { name: 'A' }];
    const containers = [{ name: 'c', image: 'i', env }];
    const pod = { metadata: { name: 'a' }, spec: { containers } };
    const { headers } = await server.call('POST', PODS, pod);
    expect(headers.warning).toBe(
      '299 - "spec.containers[0].env[1]: hides previous definition of \\"A\\", ' +
        'which may be dropped when using apply"',
    );
  });
});
