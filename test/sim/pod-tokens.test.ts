import { afterEach, beforeEach, expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import type { Pod, Volume } from '../../src/generated/types.ts';
import { SimCluster } from './sim-cluster.ts';

const MINUTE_MS = 60_000;
const ACCESS = '/var/run/secrets/kubernetes.io/serviceaccount';

let sim: SimCluster;
beforeEach(async () => {
  sim = await SimCluster.start(7);
});
afterEach(() => sim.stop());

async function startPod(volumes: Volume[] = []): Promise<void> {
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  await sim.admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { volumes, containers: [{ name: 'c', image: 'nginx', volumeMounts }] },
  });
  await sim.clock.advance(5_000);
}

const pod = (): Promise<Pod> => sim.admin.get(pods, 'p', 'default');

async function read(path: string): Promise<string> {
  const id = (await pod()).status?.containerStatuses?.[0]?.containerID ?? '';
  const { output } = await sim.runtime.exec(id.replace(/^.*:\/\//, ''), ['cat', path], 1_000);
  return new TextDecoder().decode(output).trim();
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

test('every pod finds token, authority and namespace', async () => {
  await startPod();
  expect(await read(`${ACCESS}/namespace`)).toBe('default');
  expect(await read(`${ACCESS}/ca.crt`)).toBe('CA');
  const token = await read(`${ACCESS}/token`);
  const user = await sim.authenticate(token);
  expect(user?.name).toBe('system:serviceaccount:default:default');
  expect(claimsOf(token)['kubernetes.io']).toMatchObject({
    node: { name: 'sim' },
    pod: { name: 'p', uid: (await pod()).metadata.uid },
  });
});

test('a token is replaced after 80 % of its life, and is always good', async () => {
  const serviceAccountToken = { path: 'token', audience: 'vault', expirationSeconds: 600 };
  await startPod([{ name: 'v', projected: { sources: [{ serviceAccountToken }] } }]);
  const first = await read('/v/token');
  expect(claimsOf(first)).toMatchObject({ aud: ['vault'] });
  await sim.clock.advance(7.5 * MINUTE_MS);
  expect(await read('/v/token')).toBe(first);
  await sim.clock.advance(MINUTE_MS);
  const second = await read('/v/token');
  expect(second).not.toBe(first);
  expect(claimsOf(second).iat - claimsOf(first).iat).toBeGreaterThanOrEqual(470);
  expect(claimsOf(second).iat - claimsOf(first).iat).toBeLessThanOrEqual(480);
  // The other volume's token has its own time.
  const other = await read(`${ACCESS}/token`);
  await sim.clock.advance(30 * MINUTE_MS);
  expect(await read(`${ACCESS}/token`)).toBe(other);
  expect(await read('/v/token')).not.toBe(second);
});

test('a long-lived token is replaced after a day', async () => {
  const serviceAccountToken = { path: 'token', expirationSeconds: 30 * 24 * 3600 };
  await startPod([{ name: 'v', projected: { sources: [{ serviceAccountToken }] } }]);
  const first = await read('/v/token');
  await sim.clock.advance(23.9 * 60 * MINUTE_MS);
  expect(await read('/v/token')).toBe(first);
  await sim.clock.advance(10 * MINUTE_MS);
  expect(await read('/v/token')).not.toBe(first);
});

test('the token of a pod that is gone is nobody', async () => {
  await startPod();
  const token = await read(`${ACCESS}/token`);
  await sim.admin.delete(pods, 'p', 'default');
  await sim.clock.advance(40_000);
  expect(await sim.authenticate(token)).toBeNull();
});
