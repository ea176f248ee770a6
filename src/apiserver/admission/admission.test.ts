import { beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import { TestServer } from '../testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const SERVICES = '/api/v1/namespaces/default/services';

function pod(name: string, spec: object = {}): object {
  return { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } };
}

function service(name: string, spec: object = {}): object {
  return { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
}

async function cluster(cidr = '10.43.0.0/16'): Promise<TestServer> {
  const serviceRanges = { serviceCidr: cidr, nodePortFirst: 30_000, nodePortLast: 30_001 };
  const server = new TestServer(kinds, { admission: undefined, serviceRanges });
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  await server.call('POST', ACCOUNTS, { metadata: { name: 'default' } });
  return server;
}

describe('namespaces', () => {
  it('must exist', async () => {
    const server = await cluster();
    const url = '/api/v1/namespaces/none/configmaps';
    const { status, value } = await server.call('POST', url, { metadata: { name: 'a' } });
    expect([status, value.message]).toEqual([404, 'namespaces "none" not found']);
  });

  it('take nothing new while they go', async () => {
    const server = await cluster();
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'x' } });
    const url = '/api/v1/namespaces/x/configmaps';
    await server.call('POST', url, { metadata: { name: 'old' } });
    await server.call('DELETE', '/api/v1/namespaces/x');
    const { status, value } = await server.call('POST', url, { metadata: { name: 'a' } });
    expect([status, value.message]).toEqual([
      403,
      'configmaps "a" is forbidden: unable to create new content in namespace x because it is being terminated',
    ]);
    expect(value.details.causes[0].reason).toBe('NamespaceTerminating');
    const unnamed = await server.call('POST', url, { metadata: { generateName: 'web-' } });
    expect(unnamed.value.message).toMatch(/^configmaps "web-" is forbidden: unable to create /);
    expect((await server.call('DELETE', `${url}/old`)).status).toBe(200);
  });

  it('of the system stay', async () => {
    const server = await cluster();
    const { status, value } = await server.call('DELETE', '/api/v1/namespaces/default');
    expect([status, value.message]).toEqual([
      403,
      'namespaces "default" is forbidden: this namespace may not be deleted',
    ]);
  });
});

describe('pods', () => {
  it.each<[object, string]>([
    [{ runtimeClassName: 'gvisor' }, 'RuntimeClass "gvisor" not found'],
    [
      { overhead: { cpu: '1' } },
      'Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      { resourceClaims: [{ name: 'r', resourceClaimName: 'r' }] },
      'spec.resourceClaims: resource claims are not served by this cluster',
    ],
    [
      {
        containers: [{ name: 'c', image: 'i', volumeDevices: [{ name: 'v', devicePath: '/d' }] }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'v' } }],
      },
      'volumeDevices: raw block volumes are not served by this cluster',
    ],
  ])('with %j are refused', async (spec, why) => {
    const { status, value } = await (await cluster()).call('POST', PODS, pod('a', spec));
    expect([status, value.message]).toEqual([403, `pods "a" is forbidden: pod rejected: ${why}`]);
  });

  it('get account, priority and tolerations', async () => {
    const { value } = await (await cluster()).call('POST', PODS, pod('a'));
    expect(value.spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    });
  });

  it('keep priority and tolerations that an update leaves out', async () => {
    const server = await cluster();
    const { value } = await server.call('POST', PODS, pod('a'));
    const { priority: _p, preemptionPolicy: _q, tolerations: _t, ...spec } = value.spec;
    const answer = await server.call('PUT', `${PODS}/a`, { ...value, spec });
    expect([answer.status, answer.value.spec]).toEqual([200, value.spec]);
  });

  it('keep tolerations that cover ours', async () => {
    const spec = { tolerations: [{ operator: 'Exists' }] };
    const { value } = await (await cluster()).call('POST', PODS, pod('a', spec));
    expect(value.spec.tolerations).toEqual([{ operator: 'Exists' }]);
  });

  const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

  it("get their account's token, the authority and their namespace", async () => {
    const mounted = [{ name: 'own', mountPath: MOUNT_PATH }];
    const spec = {
      volumes: [{ name: 'own', emptyDir: {} }],
      initContainers: [{ name: 'i', image: 'i' }],
      containers: [
        { name: 'c', image: 'i' },
        { name: 'd', image: 'i', volumeMounts: mounted },
      ],
    };
    const { value } = await (await cluster()).call('POST', PODS, pod('a', spec));
    const [, volume] = value.spec.volumes;
    expect(volume).toEqual({
      name: expect.stringMatching(/^kube-api-access-[a-z0-9]{5}$/),
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
          {
            downwardAPI: {
              items: [
                {
                  fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
                  path: 'namespace',
                },
              ],
            },
          },
        ],
      },
    });
    const mount = [{ name: volume.name, readOnly: true, mountPath: MOUNT_PATH }];
    const { initContainers, containers } = value.spec;
    expect(initContainers[0].volumeMounts).toEqual(mount);
    expect(containers[0].volumeMounts).toEqual(mount);
    expect(containers[1].volumeMounts).toEqual(mounted);
  });

  it.each([
    ['the pod', { automountServiceAccountToken: false }, {}, 0],
    ['the account', {}, { automountServiceAccountToken: false }, 0],
    [
      'the account, but the pod wants it',
      { automountServiceAccountToken: true },
      { automountServiceAccountToken: false },
      1,
    ],
  ])('get no token when it is not wanted by %s', async (_name, spec, account, count) => {
    const server = await cluster();
    await server.call('POST', ACCOUNTS, { metadata: { name: 'quiet' }, ...account });
    const named = { serviceAccountName: 'quiet', ...spec };
    const { value } = await server.call('POST', PODS, pod('a', named));
    expect(value.spec.volumes ?? []).toHaveLength(count);
  });

  it('take the pull secrets of their account', async () => {
    const server = await cluster();
    const account = { metadata: { name: 'puller' }, imagePullSecrets: [{ name: 's' }] };
    await server.call('POST', ACCOUNTS, account);
    const { value } = await server.call('POST', PODS, pod('a', { serviceAccountName: 'puller' }));
    expect(value.spec.imagePullSecrets).toEqual([{ name: 's' }]);
  });

  describe('of an account that limits their Secrets', () => {
    const not = (what: string) =>
      `pods "a" is forbidden: ${what} is not allowed because service account tight does not reference that`;
    const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }];
    const envFrom = [{ prefix: 'P', secretRef: { name: 'no' } }];
    const container = { name: 'c', image: 'i' };

    async function tight(): Promise<TestServer> {
      const server = await cluster();
      const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
      const account = {
        metadata: { name: 'tight', annotations },
        secrets: [{ name: 'yes' }],
        imagePullSecrets: [{ name: 'pull' }],
      };
      await server.call('POST', ACCOUNTS, account);
      return server;
    }

    it.each<[string, object, string]>([
      [
        'a volume',
        { volumes: [{ name: 'v', secret: { secretName: 'no' } }] },
        `${not('volume with secret.secretName="no"')} secret`,
      ],
      [
        'a variable',
        { containers: [{ ...container, env }] },
        `${not('container c with envVar E referencing secret.secretName="no"')} secret`,
      ],
      [
        'all variables of an init container',
        { initContainers: [{ ...container, name: 'i', envFrom }] },
        `${not('init container i with envFrom referencing secret.secretName="no"')} secret`,
      ],
      [
        'a pull secret',
        { imagePullSecrets: [{ name: 'pull' }, { name: 'no' }] },
        `${not('imagePullSecrets[1].name="no"')} imagePullSecret`,
      ],
    ])('name no other in %s', async (_name, spec, message) => {
      const server = await tight();
      const limited = pod('a', { serviceAccountName: 'tight', ...spec });
      const { status, value } = await server.call('POST', PODS, limited);
      expect([status, value.message]).toEqual([403, message]);
    });

    it('limit secrets in a way that is deprecated, as who sets that is told', async () => {
      const server = await cluster();
      const annotate = async (value: string | null, other: string) => {
        const annotations = { 'kubernetes.io/enforce-mountable-secrets': value, other };
        const change = { metadata: { annotations } };
        const merge = { contentType: 'application/merge-patch+json' };
        const { headers } = await server.call('PATCH', `${ACCOUNTS}/default`, change, merge);
        return headers.warning;
      };
      const told =
        '299 - "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in ' +
        'v1.32+; prefer separate namespaces to isolate access to mounted secrets"';
      expect(await annotate('false', '1')).toBe(told);
      expect(await annotate('true', '2')).toBeUndefined();
      expect(await annotate(null, '3')).toBeUndefined();
      const metadata = {
        name: 'x',
        annotations: { 'kubernetes.io/enforce-mountable-secrets': '' },
      };
      expect((await server.call('POST', ACCOUNTS, { metadata })).headers.warning).toBe(told);
    });

    it('name those, and get no other by an ephemeral container', async () => {
      const server = await tight();
      const volumes = [{ name: 'v', secret: { secretName: 'yes' } }];
      const limited = pod('a', { serviceAccountName: 'tight', volumes });
      expect((await server.call('POST', PODS, limited)).status).toBe(201);
      const debug = { spec: { ephemeralContainers: [{ name: 'd', image: 'i', env }] } };
      const url = `${PODS}/a/ephemeralcontainers`;
      const merge = { contentType: 'application/merge-patch+json' };
      const { status, value } = await server.call('PATCH', url, debug, merge);
      const what = 'ephemeral container d with envVar E referencing secret.secretName="no"';
      expect([status, value.message]).toEqual([403, `${not(what)} secret`]);
    });
  });

  const refusals: [string, object, string][] = [
    [
      'an account that does not exist',
      { serviceAccountName: 'x' },
      'pods "a" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    ],
    [
      'a class that does not exist',
      { priorityClassName: 'x' },
      'pods "a" is forbidden: no PriorityClass with name x was found',
    ],
  ];
  it.each(refusals)('are refused with %s', async (_name, spec, message) => {
    const { status, value } = await (await cluster()).call('POST', PODS, pod('a', spec));
    expect([status, value.message]).toEqual([403, message]);
  });

  it('wait a moment for the default account of a new namespace', async () => {
    const server = await cluster();
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'new' } });
    const creating = server.call('POST', '/api/v1/namespaces/new/pods', pod('a'));
    await server.clock.advance(200);
    await server.call('POST', '/api/v1/namespaces/new/serviceaccounts', {
      metadata: { name: 'default' },
    });
    await server.clock.advance(100);
    expect((await creating).status).toBe(201);
  });

  it('do not wait for it for ever', async () => {
    const server = await cluster();
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'new' } });
    const creating = server.call('POST', '/api/v1/namespaces/new/pods', pod('a'));
    await server.clock.advance(1_000);
    expect((await creating).status).toBe(403);
    expect(server.clock.pending).toBe(0);
  });
});

describe('nodes', () => {
  const user = { name: 'system:node:n1', groups: ['system:nodes'] };
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
  const spec = (nodeName: string) => ({ nodeName, containers: [{ name: 'c', image: 'i' }] });

  const refusals: [string, 'POST' | 'DELETE', string, unknown, string][] = [
    [
      'pods that are no mirrors',
      'POST',
      PODS,
      { metadata: { name: 'a' }, spec: spec('n1') },
      'pods "a" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    [
      'mirrors of others',
      'POST',
      PODS,
      { metadata: { name: 'a', ...mirror }, spec: spec('n2') },
      'pods "a" is forbidden: node "n1" can only create pods with spec.nodeName set to itself',
    ],
    [
      'mirrors that name a Secret',
      'POST',
      PODS,
      {
        metadata: { name: 'a', ...mirror },
        spec: { ...spec('n1'), imagePullSecrets: [{ name: 's' }] },
      },
      'pods "a" is forbidden: node "n1" can not create pods that reference secrets',
    ],
    [
      'deletions elsewhere',
      'DELETE',
      `${PODS}/there`,
      undefined,
      'pods "there" is forbidden: node "n1" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'other nodes',
      'POST',
      '/api/v1/nodes',
      { metadata: { name: 'n2' } },
      'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    ],
  ];
  it.each(refusals)('may not write %s', async (_name, method, url, body, message) => {
    const server = await cluster();
    await server.call('POST', PODS, { metadata: { name: 'there' }, spec: spec('n2') });
    const { status, value } = await server.call(method, url, body, { user });
    expect([status, value.message]).toEqual([403, message]);
  });

  const own: [string, object, string][] = [
    [
      'taints',
      { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } },
      'node "n1" is not allowed to modify taints',
    ],
    [
      'owners',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'b' }] } },
      'node "n1" is not allowed to modify ownerReferences',
    ],
    [
      'labels of Kubernetes',
      { metadata: { labels: { 'node-role.kubernetes.io/x': '', 'a.k8s.io/b': '', 'a.b/c': '' } } },
      'is not allowed to modify labels: a.k8s.io/b, node-role.kubernetes.io/x',
    ],
    [
      'labels that mark it as trusted',
      { metadata: { labels: { 'x.node-restriction.kubernetes.io/a': '' } } },
      'is not allowed to modify labels: x.node-restriction.kubernetes.io/a',
    ],
    [
      'labels that mark it as trusted, to be rid of them',
      { metadata: { labels: { 'node-restriction.kubernetes.io/old': null } } },
      'is not allowed to modify labels: node-restriction.kubernetes.io/old',
    ],
  ];
  it.each(own)('may not give themselves %s', async (_name, change, why) => {
    const server = await cluster();
    const labels = { 'node-restriction.kubernetes.io/old': '' };
    await server.call('POST', '/api/v1/nodes', { metadata: { name: 'n1', labels } });
    const contentType = 'application/merge-patch+json';
    for (const url of ['/api/v1/nodes/n1', '/api/v1/nodes/n1/status']) {
      // The status' way does not reach the spec.
      if (url.endsWith('status') && 'spec' in change) continue;
      const { status, value } = await server.call('PATCH', url, change, { user, contentType });
      expect([status, value.message]).toEqual([403, `nodes "n1" is forbidden: ${why}`]);
    }
  });

  it('come with labels that are theirs alone', async () => {
    const server = await cluster();
    const create = (labels: object) => {
      const body = { metadata: { name: 'n1', labels } };
      return server.call('POST', '/api/v1/nodes', body, { user });
    };
    const { status, value } = await create({ 'node-role.kubernetes.io/control-plane': '' });
    const message =
      'nodes "n1" is forbidden: node "n1" is not allowed to set the following labels: ' +
      'node-role.kubernetes.io/control-plane';
    expect([status, value.message]).toEqual([403, message]);
    const theirs = { disk: 'ssd', 'kubernetes.io/os': 'linux', 'node.kubernetes.io/a': 'b' };
    expect((await create(theirs)).status).toBe(201);
  });

  it('write themselves and their pods', async () => {
    const server = await cluster();
    await server.call('POST', PODS, { metadata: { name: 'here' }, spec: spec('n1') });
    const node = await server.call('POST', '/api/v1/nodes', { metadata: { name: 'n1' } }, { user });
    expect(node.status).toBe(201);
    const contentType = 'application/merge-patch+json';
    const patch = { status: { phase: 'Running' } };
    const status = await server.call('PATCH', `${PODS}/here/status`, patch, { user, contentType });
    expect(status.status).toBe(200);
    expect((await server.call('DELETE', `${PODS}/here`, undefined, { user })).status).toBe(200);
  });
});

describe('services', () => {
  let server: TestServer;
  beforeEach(async () => {
    // Two addresses.
    server = await cluster('10.0.0.0/30');
  });

  it('get an address, and one family', async () => {
    const { value } = await server.call('POST', SERVICES, service('a'));
    expect(value.spec).toMatchObject({
      clusterIP: expect.stringMatching(/^10\.0\.0\.[12]$/),
      clusterIPs: [value.spec.clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
  });

  it('keep address and family that an update leaves out', async () => {
    const { value } = await server.call('POST', SERVICES, service('a'));
    const answer = await server.call('PUT', `${SERVICES}/a`, service('a'));
    expect([answer.status, answer.value.spec]).toEqual([200, value.spec]);
  });

  it('give their address back', async () => {
    await server.call('POST', SERVICES, service('a'));
    await server.call('POST', SERVICES, service('b'));
    const full = await server.call('POST', SERVICES, service('c'));
    expect([full.status, full.value.message]).toEqual([
      500,
      'Internal error occurred: failed to allocate a serviceIP: range is full',
    ]);
    await server.call('DELETE', `${SERVICES}/a`);
    expect((await server.call('POST', SERVICES, service('c'))).status).toBe(201);
  });

  it('take nothing when they are not stored', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      expect((await server.call('POST', SERVICES, service('BAD'))).status).toBe(422);
      expect((await server.call('POST', `${SERVICES}?dryRun=All`, service('dry'))).status).toBe(
        201,
      );
    }
    expect((await server.call('POST', SERVICES, service('a'))).status).toBe(201);
    expect((await server.call('POST', SERVICES, service('b'))).status).toBe(201);
  });

  it('never get the same address at the same time', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      names.map((name) => server.call('POST', SERVICES, service(name))),
    );
    const ips = answers
      .filter(({ status }) => status === 201)
      .map(({ value }) => value.spec.clusterIP);
    expect(ips.sort()).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  const refusals: [string, object, string][] = [
    [
      'an address of another',
      { clusterIP: '10.0.0.1' },
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: provided IP is already allocated',
    ],
    [
      'an address outside the range',
      { clusterIP: '10.0.0.9' },
      'spec.clusterIPs: Invalid value: ["10.0.0.9"]: failed to allocate IP 10.0.0.9: the provided IP (10.0.0.9) is not in the valid range. The range of valid IPs is 10.0.0.0/30',
    ],
    [
      'a node port of another',
      { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] },
      'spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated',
    ],
    [
      'a node port outside the range',
      { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30001',
    ],
    [
      'IPv6',
      { ipFamilies: ['IPv6'] },
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
  ];
  it.each(refusals)('are refused with %s', async (_name, spec, message) => {
    const ports = [{ port: 80, nodePort: 30_000 }];
    const first = service('first', { type: 'NodePort', clusterIP: '10.0.0.1', ports });
    expect((await server.call('POST', SERVICES, first)).status).toBe(201);
    const { status, value } = await server.call('POST', SERVICES, service('a', spec));
    expect([status, value.message]).toEqual([422, `Service "a" is invalid: ${message}`]);
  });

  it('get node ports as they become of that type, and lose them after', async () => {
    await server.call('POST', SERVICES, service('a'));
    const patch = (type: string) =>
      server.call(
        'PATCH',
        `${SERVICES}/a`,
        { spec: { type } },
        {
          contentType: 'application/merge-patch+json',
        },
      );
    const open = await patch('NodePort');
    expect([30_000, 30_001]).toContain(open.value.spec.ports[0].nodePort);
    const closed = await patch('ClusterIP');
    expect(closed.value.spec.ports[0].nodePort).toBeUndefined();
  });

  it('know what was taken before the server started', async () => {
    await server.call('POST', SERVICES, service('a', { clusterIP: '10.0.0.1' }));
    const serviceRanges = {
      serviceCidr: '10.0.0.0/30',
      nodePortFirst: 30_000,
      nodePortLast: 30_001,
    };
    const next = new TestServer(kinds, {
      admission: undefined,
      serviceRanges,
      store: server.store,
    });
    const { value } = await next.call('POST', SERVICES, service('b'));
    expect(value.spec.clusterIP).toBe('10.0.0.2');
  });

  it('without selector and address may name both families', async () => {
    const { value } = await server.call('POST', SERVICES, service('a', { clusterIP: 'None' }));
    expect(value.spec).toMatchObject({ clusterIP: 'None', ipFamilyPolicy: 'RequireDualStack' });
  });
});
