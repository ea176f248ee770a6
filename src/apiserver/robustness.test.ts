import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds } from '../objects/kinds.ts';
import type { ApiRequest } from './handler.ts';
import { TestServer } from './testing/test-server.ts';

const RUNS = 2_000;
const METHODS: ApiRequest['method'][] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];
const SEGMENTS = [
  'api',
  'apis',
  'v1',
  'namespaces',
  'default',
  'pods',
  'services',
  'configmaps',
  'a',
  'status',
  'log',
  'binding',
  'finalize',
  'events',
  'events.k8s.io',
  'healthz',
  'openapi',
  'v2',
  '',
  '%00',
  '__proto__',
  'constructor',
];
const QUERIES = [
  'watch',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'labelSelector',
  'fieldSelector',
  'dryRun',
  'fieldValidation',
  'timeoutSeconds',
  'propagationPolicy',
  'gracePeriodSeconds',
  'includeObject',
];
const TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const KEYS = [
  'metadata',
  'name',
  'namespace',
  'labels',
  'finalizers',
  'ownerReferences',
  'spec',
  'containers',
  'ports',
  'status',
  'data',
  'kind',
  'apiVersion',
  'preconditions',
  'clusterIPs',
  'type',
  '__proto__',
];

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', 'a', 'default', 'None', '10.43.0.5'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
  ),
})).value;

const path = fc.oneof(
  fc.array(fc.constantFrom(...SEGMENTS), { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
  fc
    .tuple(
      fc.constantFrom('pods', 'services', 'configmaps', 'events', 'endpoints'),
      fc.constantFrom('', '/a', '/a/status', '/a/binding', '/a/log'),
    )
    .map(([plural, rest]) => `/api/v1/namespaces/default/${plural}${rest}`),
);

const query = fc.dictionary(
  fc.constantFrom(...QUERIES),
  fc.constantFrom('', '0', '1', '-1', 'true', 'All', 'a=b', 'Exact', 'NotOlderThan', 'Orphan', 'x'),
  { maxKeys: 3 },
);
const type = fc.constantFrom(...TYPES);

interface Sent {
  readonly method: ApiRequest['method'];
  readonly path: string;
  readonly query: Record<string, string>;
  readonly type: string;
  readonly body?: unknown;
}

/** Anything at all. */
const anyRequest = fc.record({
  method: fc.constantFrom(...METHODS),
  path,
  query,
  type,
  body: fc.option(fc.oneof(json, fc.string()), { nil: undefined }),
});

const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 };
/** Good objects, all called a. */
const GOOD: Readonly<Record<string, object>> = {
  configmaps: { metadata: { name: 'a', labels: { a: 'b' } }, data: { k: 'v' } },
  pods: {
    metadata: { name: 'a', annotations: { a: 'b' }, ownerReferences: [] },
    spec: {
      nodeName: 'n1',
      containers: [
        {
          name: 'c',
          image: 'i',
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          ports: [{ name: 'http', containerPort: 80 }],
          resources: { requests: { cpu: '100m' }, limits: { memory: '1Gi' } },
          readinessProbe: probe,
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          securityContext: { runAsUser: 1 },
        },
      ],
      volumes: [{ name: 'v', configMap: { name: 'x', items: [{ key: 'k', path: 'p' }] } }],
      tolerations: [{ key: 'a', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  },
  services: {
    metadata: { name: 'a' },
    spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
  events: {
    metadata: { name: 'a' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'a' },
    reason: 'r',
    message: 'm',
    count: 1,
  },
  endpoints: {
    metadata: { name: 'a' },
    subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }],
  },
};

/** `value` with what stands at the end of a walk of `steps` replaced. */
function replaced(value: unknown, steps: readonly number[], by: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) {
    const at = step % (value.length + 1);
    return value.toSpliced(at, 1, replaced(value[at], rest, by));
  }
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)] ?? 'x';
  return { ...value, [key]: replaced((value as Record<string, unknown>)[key], rest, by) };
}

/** A write of an object that is good but for one place. */
const nearlyGood = fc
  .record({
    plural: fc.constantFrom(...Object.keys(GOOD)),
    verb: fc.constantFrom('POST', 'PUT', 'PATCH', 'STATUS'),
    steps: fc.array(fc.nat(6), { minLength: 1, maxLength: 7 }),
    by: json,
  })
  .map(({ plural, verb, steps, by }) => {
    const base = `/api/v1/namespaces/default/${plural}`;
    const body = replaced(GOOD[plural], steps, by);
    const paths = { POST: base, PUT: `${base}/a`, PATCH: `${base}/a`, STATUS: `${base}/a/status` };
    return {
      method: (verb === 'STATUS' ? 'PUT' : verb) as ApiRequest['method'],
      path: paths[verb as keyof typeof paths],
      query: {},
      type: `application/${verb === 'PATCH' ? 'strategic-merge-patch+json' : 'json'}`,
      body,
    };
  });

async function filledServer(): Promise<TestServer> {
  const server = new TestServer(kinds, { admission: undefined, authorizer: undefined });
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await server.call('POST', accounts, { metadata: { name: 'default' } });
  for (const [plural, object] of Object.entries(GOOD)) {
    const { status, value } = await server.call(
      'POST',
      `/api/v1/namespaces/default/${plural}`,
      object,
    );
    expect([plural, status, value.message]).toEqual([plural, 201, value.message]);
  }
  return server;
}

const cases: { name: string; requests: fc.Arbitrary<Sent> }[] = [
  { name: 'anything', requests: anyRequest },
  { name: 'objects that are nearly good', requests: nearlyGood },
];

describe('robustness', () => {
  it.each(cases)('answers $name, never by an internal error', { timeout: 60_000 }, async (it) => {
    const server = await filledServer();
    await fc.assert(
      fc.asyncProperty(it.requests, async ({ method, path, query, type, body }) => {
        const search = new URLSearchParams(query).toString();
        const call = server.call(method, `${path}?${search}`, body, { contentType: type });
        // Whoever waits for a service account or the like waits on the clock.
        await server.clock.advance(2_000);
        const { status, value, response } = await call;
        if (response.body.type === 'watch') {
          response.body.take(10);
          response.body.close();
        }
        if (status >= 400) expect(value).toMatchObject({ kind: 'Status', code: status });
        if (status === 500) expect(value.message).toMatch(/^resourceVersion should not be set/);
      }),
      { numRuns: RUNS, seed: 1 },
    );
    expect(server.clock.pending).toBe(0);
  });
});
