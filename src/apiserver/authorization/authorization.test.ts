import { beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import type { UserInfo } from '../handler.ts';
import { TestServer } from '../testing/test-server.ts';

const ANYONE: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
const BOB: UserInfo = { name: 'bob', groups: ['system:authenticated'] };
const NODE: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const SCHEDULER: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
const MASTER: UserInfo = { name: 'me', groups: ['system:masters'] };
const PODS = '/api/v1/namespaces/default/pods';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces';

describe('authorization', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = new TestServer(kinds, { authorizer: undefined });
    const container = { name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'used' } }] };
    const spec = { nodeName: 'n1', containers: [container] };
    await server.call('POST', PODS, { metadata: { name: 'p' }, spec }, { user: MASTER });
    for (const name of ['used', 'unused']) {
      const url = '/api/v1/namespaces/default/configmaps';
      await server.call('POST', url, { metadata: { name } }, { user: MASTER });
    }
  });

  const allowed: [string, UserInfo, string, string][] = [
    ['anyone sees health', ANYONE, 'GET', '/readyz'],
    ['anyone sees the version', ANYONE, 'GET', '/version'],
    ['users see discovery', BOB, 'GET', '/apis'],
    ['masters see all', MASTER, 'GET', '/api/v1/secrets'],
    ['the scheduler sees pods', SCHEDULER, 'GET', '/api/v1/pods'],
    ['a node sees pods', NODE, 'GET', '/api/v1/pods'],
    ['a node sees services', NODE, 'GET', '/api/v1/services'],
    ['a node sees what its pods use', NODE, 'GET', '/api/v1/namespaces/default/configmaps/used'],
    [
      'a node watches what its pods use',
      NODE,
      'GET',
      '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Dused',
    ],
  ];
  it.each(allowed)('%s', async (_name, user, method, url) => {
    expect((await server.call(method as 'GET', url, undefined, { user })).status).toBe(200);
  });

  const refused: [string, UserInfo, string, string, string][] = [
    [
      'anyone discovers nothing',
      ANYONE,
      'GET',
      '/apis',
      'forbidden: User "system:anonymous" cannot get path "/apis"',
    ],
    [
      'a user lists no pods',
      BOB,
      'GET',
      PODS,
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
    [
      'a user reads no logs',
      BOB,
      'GET',
      `${PODS}/p/log`,
      'pods "p" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "default"',
    ],
    [
      'a user watches no leases',
      BOB,
      'GET',
      '/apis/coordination.k8s.io/v1/leases?watch=1',
      'leases.coordination.k8s.io is forbidden: User "bob" cannot watch resource "leases" in API group "coordination.k8s.io" at the cluster scope',
    ],
    [
      'a node does not change another',
      NODE,
      'PUT',
      '/api/v1/nodes/n2',
      'nodes "n2" is forbidden: User "system:node:n1" cannot update resource "nodes" in API group "" at the cluster scope: node n1 is not allowed to modify node n2',
    ],
    [
      'a node does not see what its pods do not use',
      NODE,
      'GET',
      '/api/v1/namespaces/default/configmaps/unused',
      `configmaps "unused" is forbidden: User "system:node:n1" cannot get resource "configmaps" in API group "" in the namespace "default": no relationship found between node 'n1' and this object`,
    ],
    [
      'a node has one lease',
      NODE,
      'GET',
      `${LEASES}/kube-node-lease/leases/n2`,
      'leases.coordination.k8s.io "n2" is forbidden: User "system:node:n1" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "kube-node-lease": can only access node lease with the same name as the requesting node',
    ],
  ];
  it.each(refused)('%s', async (_name, user, method, url, message) => {
    const { status, value } = await server.call(method as 'GET', url, undefined, { user });
    expect([status, value.reason, value.message]).toEqual([403, 'Forbidden', message]);
  });
});
