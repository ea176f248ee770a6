import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kinds } from '../objects/kinds.ts';
import type { ApiRequest } from './handler.ts';
import { TestServer } from './testing/test-server.ts';

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

const request = fc.record({
  method: fc.constantFrom(...METHODS),
  path,
  query: fc.dictionary(
    fc.constantFrom(...QUERIES),
    fc.constantFrom(
      '',
      '0',
      '1',
      '-1',
      'true',
      'All',
      'a=b',
      'Exact',
      'NotOlderThan',
      'Orphan',
      'x',
    ),
    { maxKeys: 3 },
  ),
  type: fc.constantFrom(...TYPES),
  body: fc.option(fc.oneof(json, fc.string()), { nil: undefined }),
});

it('answers whatever is asked, never by an internal error', { timeout: 60_000 }, async () => {
  const server = new TestServer(kinds, { admission: undefined, authorizer: undefined });
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, type, body }) => {
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
      const message = String(value?.message ?? '');
      expect(status === 500 && !message.startsWith('resourceVersion should not')).toBe(false);
    }),
    { numRuns: 3_000, seed: 1 },
  );
  expect(server.clock.pending).toBe(0);
});
