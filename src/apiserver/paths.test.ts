import { describe, expect, it } from 'vitest';
import { kinds } from '../objects/kinds.ts';
import { TestServer } from './testing/test-server.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('discovery', () => {
  it('lists the versions of the core group', async () => {
    const { value } = await new TestServer(kinds).call('GET', '/api');
    expect(value).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  it('lists groups and their preferred versions', async () => {
    const { value } = await new TestServer(kinds).call('GET', '/apis');
    expect(value.kind).toBe('APIGroupList');
    expect(value.groups).toContainEqual({
      name: 'coordination.k8s.io',
      versions: [{ groupVersion: 'coordination.k8s.io/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'coordination.k8s.io/v1', version: 'v1' },
    });
  });

  it('describes kinds and their subresources', async () => {
    const { value } = await new TestServer(kinds).call('GET', '/api/v1');
    expect(value.groupVersion).toBe('v1');
    expect(value.resources).toContainEqual({
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
    });
    expect(value.resources).toContainEqual({
      name: 'pods/status',
      singularName: '',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it.each(['v2', 'v2beta1'])('answers all at once in %s', async (version) => {
    const accept = `${AGGREGATED.replace('v=v2', `v=${version}`)},application/json`;
    const server = new TestServer(kinds);
    const { value, headers } = await server.call('GET', '/apis', undefined, {
      headers: { accept },
    });
    expect(headers['content-type']).toContain(`v=${version};as=APIGroupDiscoveryList`);
    expect(value.apiVersion).toBe(`apidiscovery.k8s.io/${version}`);
    const group = value.items.find(
      (item: { metadata: { name: string } }) => item.metadata.name === 'coordination.k8s.io',
    );
    expect(group.versions[0]).toMatchObject({
      version: 'v1',
      freshness: 'Current',
      resources: [
        {
          resource: 'leases',
          responseKind: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
          scope: 'Namespaced',
          singularResource: 'lease',
        },
      ],
    });
  });
});

describe('other paths', () => {
  const answers: [string, string, number, RegExp][] = [
    ['GET', '/healthz', 200, /^ok$/],
    ['GET', '/readyz/ping', 200, /^ok$/],
    ['GET', '/metrics', 200, /^up 1$/],
  ];
  const healthChecks = [{ name: 'store', check: () => null }];
  const options = { healthChecks, metrics: async () => 'up 1' };
  it.each(answers)('%s %s', async (method, url, status, text) => {
    const server = new TestServer(kinds, options);
    const answer = await server.call(method as 'GET', url);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      expect.stringMatching(/^text\/plain/),
    ]);
    expect(answer.value).toMatch(text);
  });

  it('tells of every check', async () => {
    const server = new TestServer(kinds, options);
    const { value } = await server.call('GET', '/readyz?verbose');
    expect(value).toBe('[+]ping ok\n[+]store ok\nreadyz check passed\n');
  });

  it('is not ready while a check fails', async () => {
    const failing = [{ name: 'store', check: () => 'broken' }];
    const server = new TestServer(kinds, { healthChecks: failing });
    const { status, value } = await server.call('GET', '/readyz');
    expect([status, value]).toEqual([
      500,
      '[+]ping ok\n[-]store failed: reason withheld\nreadyz check failed\n',
    ]);
    expect((await server.call('GET', '/readyz?exclude=store')).status).toBe(200);
  });

  it('tells its version', async () => {
    const { value } = await new TestServer().call('GET', '/version');
    expect(value).toMatchObject({ major: '1', minor: '34', gitVersion: 'v1.34.0' });
  });

  it('lists paths', async () => {
    const { value } = await new TestServer().call('GET', '/');
    expect(value.paths).toEqual(
      expect.arrayContaining(['/api', '/api/v1', '/healthz', '/version']),
    );
  });

  it('serves OpenAPI', async () => {
    const { status } = await new TestServer(kinds).call('GET', '/openapi/v3');
    expect(status).toBe(200);
  });

  const unknown: [string, string, number][] = [
    ['GET', '/nowhere', 404],
    ['GET', '/api/v2', 404],
    ['GET', '/apis/none', 404],
    ['GET', '/apis/none/v1/things', 404],
    ['GET', '/api/v1/things', 404],
    ['GET', '/api/v1/namespaces/default/nodes', 404],
    ['GET', '/api/v1/pods/x', 404],
    ['GET', '/api/v1/namespaces/default/pods/x/nothing', 404],
    ['GET', '/api/v1/namespaces/default/pods/%zz', 404],
    ['GET', '/healthz/none', 404],
    ['POST', '/version', 405],
    ['POST', '/api/v1/namespaces/default/pods/x', 405],
    ['PUT', '/api/v1/namespaces/default/pods', 405],
    ['DELETE', '/api/v1/pods', 405],
    ['OPTIONS', '/api/v1/pods', 405],
    ['DELETE', '/api/v1/namespaces/default/pods/x/status', 405],
    ['GET', '/api/v1/namespaces/default/pods/x/binding', 405],
  ];
  it.each(unknown)('%s %s is answered by a Status %d', async (method, url, code) => {
    const { status, value } = await new TestServer(kinds).call(method as 'GET', url);
    expect([status, value.kind, value.code]).toEqual([code, 'Status', code]);
  });
});
