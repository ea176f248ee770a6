import { describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import type { NodeRequest } from '../server-parts.ts';
import { TestServer } from '../testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const UPGRADE = { headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } };

async function withPod(spec: object = {}): Promise<TestServer> {
  const server = new TestServer(kinds);
  const container = (name: string) => ({ name, image: 'i' });
  const containers = [container('a'), container('b')];
  const initContainers = [container('first')];
  const body = { metadata: { name: 'p' }, spec: { nodeName: 'n', containers, initContainers } };
  await server.call('POST', PODS, { ...body, spec: { ...body.spec, ...spec } });
  return server;
}

describe('connect', () => {
  const refusals: readonly [string, string, object, number, string][] = [
    ['an unknown pod', 'q/exec?command=ls&stdout=1', UPGRADE, 404, 'pods "q" not found'],
    [
      'no container among several',
      'p/exec?command=ls&stdout=1',
      UPGRADE,
      400,
      'a container name must be specified for pod p, choose one of: [first a b]',
    ],
    [
      'an unknown container',
      'p/attach?container=x&stdout=1',
      UPGRADE,
      400,
      'container x is not valid for pod p',
    ],
    [
      'a plain request',
      'p/exec?container=a&command=ls&stdout=1',
      {},
      400,
      'Upgrade request required',
    ],
    ['a plain request for ports', 'p/portforward', {}, 400, 'Upgrade request required'],
    [
      'no command',
      'p/exec?container=a&stdout=1',
      UPGRADE,
      400,
      'you must specify at least one command for the container',
    ],
    [
      'no stream',
      'p/exec?container=a&command=ls',
      UPGRADE,
      400,
      'you must specify at least 1 of stdin, stdout, stderr',
    ],
    [
      'a port that is none',
      'p/portforward?ports=70000',
      UPGRADE,
      400,
      'unable to parse 70000 as a port: must be between 1 and 65535',
    ],
    [
      'no way to the node',
      'p/exec?container=a&command=ls&stdout=1',
      UPGRADE,
      503,
      'node n cannot be reached yet',
    ],
  ];
  it.each(refusals)('is refused with %s', async (_name, url, options, status, message) => {
    const server = await withPod();
    for (const method of ['GET', 'POST'] as const) {
      const answer = await server.call(method, `${PODS}/${url}`, undefined, options);
      expect([answer.status, answer.value.message]).toEqual([status, message]);
    }
  });

  it('is refused before the pod has a node', async () => {
    const server = await withPod({ nodeName: '' });
    const answer = await server.call('POST', `${PODS}/p/portforward`, undefined, UPGRADE);
    expect(answer.value.message).toBe('pod p does not have a host assigned');
  });

  it('hands the node what was asked', async () => {
    const server = await withPod({ containers: [{ name: 'only', image: 'i' }] });
    const asked: NodeRequest[] = [];
    server.server.setNodeProxy(async (_node, request) => {
      asked.push(request);
      const body = { type: 'forward', ports: [], refused: '', connect: async () => '', close() {} };
      return { status: 101, headers: {}, body: body as never };
    });
    const url = `${PODS}/p/exec?command=echo&command=a%20b&stdin=true&tty=1&stderr=false`;
    const { status, response } = await server.call('GET', url, undefined, UPGRADE);
    expect(status).toBe(101);
    expect(asked[0]).toMatchObject({
      subresource: 'exec',
      options: {
        container: 'only',
        command: ['echo', 'a b'],
        stdin: true,
        tty: true,
        stderr: false,
      },
    });
    expect(response.body.type).toBe('forward');
    await server.call('GET', `${PODS}/p/portforward?ports=80&ports=81`, undefined, UPGRADE);
    expect(asked[1]?.options).toEqual({ ports: [80, 81] });
  });

  it('counts as under way until it is closed', async () => {
    const server = new TestServer(kinds, {
      limits: { readsMax: 9, writesMax: 9, longRunningMax: 1 },
    });
    const spec = { nodeName: 'n', containers: [{ name: 'only', image: 'i' }] };
    await server.call('POST', PODS, { metadata: { name: 'p' }, spec });
    server.server.setNodeProxy(async () => ({
      status: 101,
      headers: {},
      body: { type: 'forward', ports: [], refused: '', connect: async () => '', close() {} },
    }));
    const user = { name: 'joe', groups: [] };
    const open = () => server.call('GET', `${PODS}/p/portforward`, undefined, { ...UPGRADE, user });
    const first = await open();
    expect((await open()).status).toBe(429);
    if (first.response.body.type === 'forward') first.response.body.close();
    expect((await open()).status).toBe(101);
  });

  it('is denied to those who may not', async () => {
    const server = new TestServer(kinds, { authorizer: undefined });
    const user = { name: 'joe', groups: ['system:authenticated'] };
    const call = async (method: 'GET' | 'POST') =>
      (await server.call(method, `${PODS}/p/exec`, undefined, { ...UPGRADE, user })).value.message;
    expect(await call('GET')).toMatch(/cannot get resource "pods\/exec" in API group ""/);
    expect(await call('POST')).toMatch(/cannot create resource "pods\/exec" in API group ""/);
  });

  it('is listed by discovery under the kinds of its options', async () => {
    const { value } = await (await withPod()).call('GET', '/api/v1');
    const listed = value.resources.filter(({ name }: { name: string }) =>
      /^pods\/(exec|attach|portforward)$/.test(name),
    );
    const common = { singularName: '', namespaced: true, verbs: ['create', 'get'] };
    expect(listed).toEqual([
      { ...common, name: 'pods/attach', kind: 'PodAttachOptions' },
      { ...common, name: 'pods/exec', kind: 'PodExecOptions' },
      { ...common, name: 'pods/portforward', kind: 'PodPortForwardOptions' },
    ]);
  });
});
