import { beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../../base/log.ts';
import { silentLog } from '../../../base/log.ts';
import { kinds } from '../../../objects/kinds.ts';
import { TestServer } from '../../testing/test-server.ts';

const PODS = '/api/v1/namespaces/x/pods';
const NAMESPACE = '/api/v1/namespaces/x';
const LABEL = 'pod-security.kubernetes.io/';
const MERGE = { contentType: 'application/merge-patch+json' };
const RESTRICTED =
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
  'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
  'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
  'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

function pod(name: string, spec: object = {}): object {
  return { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } };
}

/** Entries that the server logs as its audit. */
let audit: Record<string, unknown>[];
let server: TestServer;

beforeEach(async () => {
  audit = [];
  const log: Log = {
    ...silentLog,
    info: (text, fields) => void (text === 'audit' && audit.push({ ...fields })),
    with: () => log,
  };
  server = new TestServer(kinds, { admission: undefined, log });
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'x' } });
  await server.call('POST', `${NAMESPACE}/serviceaccounts`, { metadata: { name: 'default' } });
});

/** Labels the namespace: `enforce: 'restricted'`. */
async function label(labels: Record<string, string | null>) {
  const entries = Object.entries(labels).map(([mode, value]) => [LABEL + mode, value]);
  const body = { metadata: { labels: Object.fromEntries(entries) } };
  return server.call('PATCH', NAMESPACE, body, MERGE);
}

function warningsOf({ headers }: { headers: Readonly<Record<string, string>> }): string[] {
  const texts = headers.warning?.match(/299 - "(?:[^"\\]|\\.)*"/g) ?? [];
  return texts.map((text) => JSON.parse(text.slice('299 - '.length)) as string);
}

describe('enforce', () => {
  it('refuses a pod with all that is wrong', async () => {
    await label({ enforce: 'restricted' });
    const { status, value } = await server.call('POST', PODS, pod('a'));
    expect([status, value.reason]).toEqual([403, 'Forbidden']);
    expect(value.message).toBe(
      `pods "a" is forbidden: violates PodSecurity "restricted:latest": ${RESTRICTED}`,
    );
    expect(value.details).toEqual({ name: 'a', kind: 'pods' });
  });

  it('names the version, and a pod by its generated name', async () => {
    await label({ enforce: 'baseline', 'enforce-version': 'v1.30' });
    const spec = { containers: [{ name: 'c', image: 'i' }], hostPID: true };
    const body = { metadata: { generateName: 'gen-' }, spec };
    const { value } = await server.call('POST', PODS, body);
    expect(value.message).toMatch(
      /^pods "gen-\w{5}" is forbidden: violates PodSecurity "baseline:v1\.30": host namespaces \(hostPID=true\)$/,
    );
  });

  it('looks at updates that matter, and at no others', async () => {
    await server.call('POST', PODS, pod('a'));
    await label({ enforce: 'restricted' });
    const labelled = { metadata: { labels: { a: 'b' } } };
    expect((await server.call('PATCH', `${PODS}/a`, labelled, MERGE)).status).toBe(200);
    const status = { status: { phase: 'Running' } };
    expect((await server.call('PATCH', `${PODS}/a/status`, status, MERGE)).status).toBe(200);
    const image = { spec: { containers: [{ name: 'c', image: 'other' }] } };
    const patch = { contentType: 'application/strategic-merge-patch+json' };
    const { value } = await server.call('PATCH', `${PODS}/a`, image, patch);
    expect(value.message).toContain('violates PodSecurity "restricted:latest"');
  });

  it('looks at ephemeral containers', async () => {
    await label({ enforce: 'baseline' });
    await server.call('POST', PODS, pod('a'));
    const debug = { name: 'd', image: 'i', securityContext: { privileged: true } };
    const body = { spec: { ephemeralContainers: [debug] } };
    const { value } = await server.call('PATCH', `${PODS}/a/ephemeralcontainers`, body, MERGE);
    expect(value.message).toBe(
      'pods "a" is forbidden: violates PodSecurity "baseline:latest": ' +
        'privileged (container "d" must not set securityContext.privileged=true)',
    );
  });
});

describe('warn and audit', () => {
  it('let the pod pass: one tells its creator, the other the log', async () => {
    await label({ warn: 'restricted', audit: 'baseline', 'audit-version': 'v1.20' });
    const { status, ...answer } = await server.call('POST', PODS, pod('a', { hostIPC: true }));
    expect(status).toBe(201);
    expect(warningsOf(answer)).toEqual([
      `would violate PodSecurity "restricted:latest": host namespaces (hostIPC=true), ${RESTRICTED}`,
    ]);
    expect(audit).toEqual([
      {
        operation: 'CREATE',
        resource: 'pods',
        namespace: 'x',
        name: 'a',
        user: 'admin',
        annotations: {
          'pod-security.kubernetes.io/audit-violations':
            'would violate PodSecurity "baseline:v1.20": host namespaces (hostIPC=true)',
        },
      },
    ]);
  });

  it('say nothing beside a refusal', async () => {
    await label({ warn: 'restricted', enforce: 'baseline' });
    const answer = await server.call('POST', PODS, pod('a', { hostIPC: true }));
    expect([answer.status, warningsOf(answer)]).toEqual([403, []]);
  });
});

describe('labels', () => {
  it('that say nothing sensible are refused', async () => {
    const { status, value } = await label({ enforce: 'strict', 'warn-version': '1.30' });
    expect(status).toBe(422);
    expect(value.message).toBe(
      'Namespace "x" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: ' +
        'Invalid value: "strict": must be one of privileged, baseline, restricted, ' +
        'metadata.labels[pod-security.kubernetes.io/warn-version]: ' +
        'Invalid value: "1.30": must be "latest" or "v1.x"]',
    );
    const labels = { [`${LABEL}audit`]: '' };
    const created = await server.call('POST', '/api/v1/namespaces', {
      metadata: { name: 'y', labels },
    });
    expect(created.status).toBe(422);
  });

  it('warn of pods that are there already, grouped by what is wrong', async () => {
    for (const name of ['b', 'a', 'c']) await server.call('POST', PODS, pod(name));
    await server.call('POST', PODS, pod('z', { hostPID: true }));
    const answer = await label({ enforce: 'restricted' });
    expect(answer.status).toBe(200);
    const reasons =
      'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';
    expect(warningsOf(answer)).toEqual([
      'existing pods in namespace "x" violate the new PodSecurity enforce level "restricted:latest"',
      `a (and 2 other pods): ${reasons}`,
      `z: host namespaces, ${reasons}`,
    ]);
    expect(warningsOf(await label({ enforce: 'restricted', warn: 'baseline' }))).toEqual([]);
    expect(warningsOf(await label({ enforce: 'baseline' }))).toEqual([]);
    expect(warningsOf(await label({ 'enforce-version': 'v1.20' }))).toEqual([
      'existing pods in namespace "x" violate the new PodSecurity enforce level "baseline:v1.20"',
      'z: host namespaces',
    ]);
    expect(warningsOf(await label({ enforce: null }))).toEqual([]);
  });
});

describe('the template of a deployment', () => {
  const DEPLOYMENTS = '/apis/apps/v1/namespaces/x/deployments';
  const deployment = (name: string) => ({
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: {
        metadata: { labels: { app: 'a' } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    },
  });

  it('is warned of and audited, and never refused', async () => {
    await label({ enforce: 'restricted', warn: 'restricted', audit: 'restricted' });
    const answer = await server.call('POST', DEPLOYMENTS, deployment('a'));
    expect(answer.status).toBe(201);
    const text = `would violate PodSecurity "restricted:latest": ${RESTRICTED}`;
    expect(warningsOf(answer)).toEqual([text]);
    expect(audit).toMatchObject([
      {
        resource: 'deployments',
        name: 'a',
        annotations: { [`${LABEL}audit-violations`]: text },
      },
    ]);
  });

  it("is nobody's business where only enforcing is asked for", async () => {
    await label({ enforce: 'restricted' });
    const answer = await server.call('POST', DEPLOYMENTS, deployment('a'));
    expect([answer.status, warningsOf(answer), audit]).toEqual([201, [], []]);
  });
});
