import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, TestServer } from '../apiserver/testing/test-server.ts';
import { silentLog } from '../base/log.ts';
import { Client } from '../client/client.ts';
import { runControllers } from '../controller-manager.ts';
import type { ServiceAccount } from '../generated/types.ts';
import { isStored } from '../objects/kind.ts';
import { kinds } from '../objects/kinds.ts';

let server: TestServer;
let stop: AbortController;
let running: Promise<unknown>;
/** How many tokens were made. */
let signed: number;

beforeEach(async () => {
  server = new TestServer(kinds);
  stop = new AbortController();
  signed = 0;
  // Every controller and informer listens to it.
  setMaxListeners(0, stop.signal);
  const client = new Client(server.server.handler, ADMIN);
  const { clock } = server;
  const resources = () => kinds.filter((kind) => kind.namespaced && isStored(kind));
  const signSecretToken = ({ metadata }: ServiceAccount, secret: string) =>
    `${metadata.uid}|${secret}|${++signed}`;
  const options = { client, clock, log: silentLog, rootCa: 'CA', signSecretToken, resources };
  running = runControllers(options, stop.signal);
  for (const name of ['default', 'kube-node-lease'])
    await post('namespaces', { metadata: { name } });
  await clock.advance(100);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(server.clock.pending).toBe(0);
});

const CORE = '/api/v1';
const IN_DEFAULT = `${CORE}/namespaces/default`;

async function post(path: string, body: object, base = CORE) {
  const answer = await server.call('POST', `${base}/${path}`, body);
  expect(answer.value).toMatchObject({ metadata: expect.anything() });
  expect(answer.status).toBe(201);
  return answer.value;
}

async function get(path: string) {
  return (await server.call('GET', path)).value;
}

async function names(path: string): Promise<string[]> {
  const { items } = await get(path);
  return items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
}

async function patchStatus(path: string, status: object) {
  const contentType = 'application/strategic-merge-patch+json';
  const answer = await server.call('PATCH', `${path}/status`, { status }, { contentType });
  expect(answer.status).toBe(200);
}

function pod(name: string, spec: object = {}, labels: object = { app: 'web' }) {
  const container = { name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 8080 }] };
  return { metadata: { name, labels }, spec: { containers: [container], nodeName: 'n', ...spec } };
}

function running_(ip: string, ready = 'True') {
  return {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [{ type: 'Ready', status: ready }],
  };
}

const node = {
  metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z' } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

describe('namespaces', () => {
  test('get a service account and the certificate authority, again when deleted', async () => {
    expect(await names(`${IN_DEFAULT}/serviceaccounts`)).toEqual(['default']);
    expect(await get(`${IN_DEFAULT}/configmaps/kube-root-ca.crt`)).toMatchObject({
      data: { 'ca.crt': 'CA' },
    });
    await server.call('DELETE', `${IN_DEFAULT}/serviceaccounts/default`);
    const contentType = 'application/merge-patch+json';
    const path = `${IN_DEFAULT}/configmaps/kube-root-ca.crt`;
    await server.call('PATCH', path, { data: { 'ca.crt': 'other' } }, { contentType });
    await server.clock.advance(100);
    expect(await names(`${IN_DEFAULT}/serviceaccounts`)).toEqual(['default']);
    expect(await get(path)).toMatchObject({ data: { 'ca.crt': 'CA' } });
  });

  test('are emptied and then go', async () => {
    await post('namespaces', { metadata: { name: 'gone' } });
    await post('namespaces/gone/configmaps', { metadata: { name: 'a' } });
    const held = { metadata: { name: 'b', finalizers: ['example.com/hold'] } };
    await post('namespaces/gone/secrets', held);
    await server.clock.advance(100);
    await server.call('DELETE', `${CORE}/namespaces/gone`);
    await server.clock.advance(100);
    const { status } = await get(`${CORE}/namespaces/gone`);
    expect(status.phase).toBe('Terminating');
    const messages = status.conditions.map((one: { message: string }) => one.message);
    expect(messages).toContain('Some resources are remaining: secrets. has 1 resource instances');
    expect(messages).toContain(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    expect(await names(`${CORE}/namespaces/gone/configmaps`)).toEqual([]);
    const contentType = 'application/merge-patch+json';
    const unhold = { metadata: { finalizers: null } };
    await server.call('PATCH', `${CORE}/namespaces/gone/secrets/b`, unhold, { contentType });
    await server.clock.advance(20_000);
    expect(await names(`${CORE}/namespaces`)).not.toContain('gone');
  });
});

describe('Secrets with the token of a service account', () => {
  const SECRET = `${IN_DEFAULT}/secrets/t`;
  const ROBOT = `${IN_DEFAULT}/serviceaccounts/robot`;
  const type = 'kubernetes.io/service-account-token';
  const annotations = { 'kubernetes.io/service-account.name': 'robot' };
  const decode = (text: string) => Buffer.from(text, 'base64').toString();

  async function keep(more: object = {}) {
    const metadata = { name: 't', annotations };
    await post('namespaces/default/secrets', { metadata, type, ...more });
    await server.clock.advance(100);
    return get(SECRET);
  }

  async function patch(path: string, body: object) {
    const contentType = 'application/merge-patch+json';
    expect((await server.call('PATCH', path, body, { contentType })).status).toBe(200);
    await server.clock.advance(100);
  }

  beforeEach(async () => {
    const account = { metadata: { name: 'robot' }, secrets: [{ name: 't' }, { name: 'other' }] };
    await post('namespaces/default/serviceaccounts', account);
  });

  test('are filled, keep what else they hold, and what they were given', async () => {
    const { data, metadata } = await keep({ stringData: { mine: 'x' } });
    const { uid } = (await get(ROBOT)).metadata;
    const texts = Object.entries<string>(data).map(([key, text]) => [key, decode(text)]);
    expect(Object.fromEntries(texts)).toEqual({
      mine: 'x',
      'ca.crt': 'CA',
      namespace: 'default',
      token: `${uid}|t|1`,
    });
    expect(metadata.annotations).toEqual({
      ...annotations,
      'kubernetes.io/service-account.uid': uid,
    });
    await patch(SECRET, { stringData: { 'ca.crt': 'stale', token: 'mine' } });
    const after = (await get(SECRET)).data;
    expect([decode(after['ca.crt']), decode(after.token), signed]).toEqual(['CA', 'mine', 1]);
    await patch(SECRET, { data: { token: null } });
    expect(decode((await get(SECRET)).data.token)).toBe(`${uid}|t|2`);
  });

  test('go with their account, also when it comes again by the same name', async () => {
    await keep();
    await server.call('DELETE', ROBOT);
    await post('namespaces/default/serviceaccounts', { metadata: { name: 'robot' } });
    await server.clock.advance(100);
    expect(await names(`${IN_DEFAULT}/secrets`)).toEqual([]);
  });

  test('of nobody go at once, and Secrets of other types stay', async () => {
    const nobody = { 'kubernetes.io/service-account.name': 'nobody' };
    const named = { name: 'opaque', annotations: nobody };
    await post('namespaces/default/secrets', { metadata: named });
    await keep({ metadata: { name: 't', annotations: nobody } });
    expect(await names(`${IN_DEFAULT}/secrets`)).toEqual(['opaque']);
  });

  test('that are deleted are forgotten by their account', async () => {
    await keep();
    await server.call('DELETE', SECRET);
    await server.clock.advance(100);
    expect((await get(ROBOT)).secrets).toEqual([{ name: 'other' }]);
  });

  test('that another takes the place of are not forgotten', async () => {
    await keep();
    // In one breath: what sees the first gone finds the second there.
    const gone = server.call('DELETE', SECRET);
    await post('namespaces/default/secrets', { metadata: { name: 't' } });
    await gone;
    await server.clock.advance(100);
    expect((await get(ROBOT)).secrets).toEqual([{ name: 't' }, { name: 'other' }]);
  });
});

describe('endpoints', () => {
  const service = {
    metadata: { name: 'web', labels: { of: 'web' } },
    spec: {
      clusterIP: '10.43.0.9',
      selector: { app: 'web' },
      ports: [{ name: 'a', port: 80, targetPort: 'http' }],
    },
  };

  async function slices() {
    const { items } = await get('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices');
    return items;
  }

  test('follow the pods of a Service', async () => {
    await post('nodes', node);
    await post('namespaces/default/services', service);
    await server.clock.advance(100);
    expect(await slices()).toMatchObject([{ addressType: 'IPv4', endpoints: [] }]);
    await post('namespaces/default/pods', pod('p1'));
    await post('namespaces/default/pods', pod('p2'));
    await post('namespaces/default/pods', pod('other', {}, { app: 'db' }));
    await patchStatus(`${IN_DEFAULT}/pods/p1`, running_('10.42.0.1'));
    await patchStatus(`${IN_DEFAULT}/pods/p2`, running_('10.42.0.2', 'False'));
    await patchStatus(`${IN_DEFAULT}/pods/other`, running_('10.42.0.3'));
    await server.clock.advance(100);
    expect(await get(`${IN_DEFAULT}/endpoints/web`)).toMatchObject({
      metadata: {
        labels: { of: 'web', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
      },
      subsets: [
        {
          addresses: [{ ip: '10.42.0.1', nodeName: 'n', targetRef: { name: 'p1' } }],
          notReadyAddresses: [{ ip: '10.42.0.2' }],
          ports: [{ name: 'a', port: 8080, protocol: 'TCP' }],
        },
      ],
    });
    const [slice, ...more] = await slices();
    expect(more).toEqual([]);
    expect(slice).toMatchObject({
      metadata: {
        labels: {
          of: 'web',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
      },
      ports: [{ name: 'a', port: 8080, protocol: 'TCP' }],
      endpoints: [
        {
          addresses: ['10.42.0.1'],
          zone: 'z',
          conditions: { ready: true, serving: true, terminating: false },
        },
        { addresses: ['10.42.0.2'], conditions: { ready: false, serving: false } },
      ],
    });
  });

  test('appear in one go for pods that become ready together, and go with the Service', async () => {
    await post('namespaces/default/services', service);
    for (let n = 1; n <= 120; n++) {
      await post('namespaces/default/pods', pod(`p${n}`));
      await patchStatus(`${IN_DEFAULT}/pods/p${n}`, running_(`10.42.0.${n}`));
    }
    await server.clock.advance(100);
    const counts = (await slices()).map((one: { endpoints: unknown[] }) => one.endpoints.length);
    expect(counts.sort()).toEqual([100, 20]);
    await server.call('DELETE', `${IN_DEFAULT}/services/web`);
    await server.clock.advance(100);
    expect(await slices()).toEqual([]);
    expect(await names(`${IN_DEFAULT}/endpoints`)).toEqual([]);
  });
});

describe('nodes', () => {
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const conditionOf = async (type: string) => {
    const { status } = await get(`${CORE}/nodes/n`);
    return status.conditions.find((one: { type: string }) => one.type === type);
  };

  test('that fall silent become unknown, tainted, and their pods not ready', async () => {
    await post('nodes', node);
    await post(
      'leases',
      { metadata: { name: 'n' }, spec: { holderIdentity: 'n' } },
      lease.replace('/leases', ''),
    );
    await post('namespaces/default/pods', pod('p'));
    await patchStatus(`${IN_DEFAULT}/pods/p`, running_('10.42.0.1'));
    const contentType = 'application/merge-patch+json';
    for (let beat = 0; beat < 6; beat++) {
      await server.clock.advance(10_000);
      const renewTime = `2026-01-02T03:0${beat}:00.000000Z`;
      await server.call('PATCH', `${lease}/n`, { spec: { renewTime } }, { contentType });
    }
    expect(await conditionOf('Ready')).toMatchObject({ status: 'True' });
    await server.clock.advance(39_000);
    expect(await conditionOf('Ready')).toMatchObject({ status: 'True' });
    await server.clock.advance(2_000);
    expect(await conditionOf('Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(await conditionOf('DiskPressure')).toMatchObject({ reason: 'NodeStatusNeverUpdated' });
    const { spec } = await get(`${CORE}/nodes/n`);
    expect(spec.taints).toMatchObject([
      { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
    ]);
    const { status } = await get(`${IN_DEFAULT}/pods/p`);
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False' }),
    );
    await patchStatus(`${CORE}/nodes/n`, { conditions: [{ type: 'Ready', status: 'True' }] });
    await server.clock.advance(100);
    expect((await get(`${CORE}/nodes/n`)).spec.taints ?? []).toEqual([]);
  });

  test('that are gone leave no pods', async () => {
    await post('nodes', node);
    await post('namespaces/default/pods', pod('p'));
    await post('namespaces/default/pods', pod('q', { nodeName: 'never' }));
    await server.clock.advance(1000);
    await server.call('DELETE', `${CORE}/nodes/n`);
    await server.clock.advance(39_500);
    expect(await names(`${IN_DEFAULT}/pods`)).toContain('p');
    await server.clock.advance(2_000);
    expect(await names(`${IN_DEFAULT}/pods`)).toEqual([]);
  });
});
