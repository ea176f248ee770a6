import { expect, test } from 'vitest';
import type { ServerMetrics } from './server-metrics.ts';
import { TestServer } from './testing/test-server.ts';

/** Each series on one line: labels that are not empty, and its codes. */
function show(metrics: ServerMetrics): string[] {
  return [...metrics.requests()].map(({ labels, codes }) => {
    const set = Object.entries(labels).filter(([, value]) => value !== '');
    const names = set.map(([label, value]) => `${label}=${value}`).join(' ');
    return `${names}: ${[...codes].map(([code, count]) => `${code}x${count}`).join(' ')}`;
  });
}

test('requests are counted by what they ask, and what clients make up is no label', async () => {
  let seen: ServerMetrics | null = null;
  const server = new TestServer(undefined, {
    async metrics(metrics) {
      seen = metrics;
      return '';
    },
  });
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  await server.call('POST', '/api/v1/namespaces/default/configmaps', configMap);
  await server.call('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', configMap);
  await server.call('GET', '/api/v1/namespaces/default/configmaps/a');
  await server.call('GET', '/api/v1/namespaces/default/configmaps/b');
  await server.call('GET', '/api/v1/configmaps');
  await server.call('GET', '/api/v1/namespaces/default/configmaps/a/made-up');
  for (const path of ['/api/v1/made-up', '/made-up', '/apis/made.up/v1', '/version']) {
    await server.call('GET', path);
  }
  const watch = await server.call('GET', '/api/v1/configmaps?watch=1');
  await server.call('GET', '/metrics');
  const metrics = seen as unknown as ServerMetrics;
  expect(metrics.inFlight('long')).toBe(1);
  const { body } = watch.response;
  if (body.type === 'watch') body.close();
  expect(metrics.inFlight('long')).toBe(0);
  const resource = 'version=v1 resource=configmaps';
  expect(show(metrics)).toEqual([
    `verb=POST ${resource} scope=resource: 201x1`,
    `verb=POST dry_run=All ${resource} scope=resource: 409x1`,
    `verb=GET ${resource} scope=resource: 200x1 404x2`,
    `verb=LIST ${resource} scope=cluster: 200x1`,
    'verb=GET: 404x3',
    'verb=GET subresource=/version: 200x1',
    'verb=GET subresource=/metrics: 200x1',
    `verb=WATCH ${resource} scope=cluster: 200x1`,
  ]);
  expect([...(await metrics.objects())]).toEqual([
    ['configmaps', 1],
    ['namespaces', 0],
  ]);
});
