import { beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import { TestServer } from '../testing/test-server.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const SCALE = `${DEPLOYMENTS}/a/scale`;
const MERGE = { contentType: 'application/merge-patch+json' };

describe('scale', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = new TestServer(kinds);
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
    await server.call('POST', DEPLOYMENTS, {
      metadata: { name: 'a' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'a' } },
        template: {
          metadata: { labels: { app: 'a' } },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        },
      },
    });
  });

  async function replicas(): Promise<number> {
    return (await server.call('GET', `${DEPLOYMENTS}/a`)).value.spec.replicas;
  }

  it('shows how many there are', async () => {
    const { value } = await server.call('GET', SCALE);
    const { metadata } = (await server.call('GET', `${DEPLOYMENTS}/a`)).value;
    const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
    expect(value).toEqual({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=a' },
    });
  });

  it('is a row of what is wanted and there', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { value } = await server.call('GET', SCALE, undefined, { headers: { accept } });
    const names = value.columnDefinitions.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['Name', 'Desired', 'Available', 'Age']);
    expect(value.rows[0].cells).toEqual(['a', 2, 0, expect.any(String)]);
  });

  it('is patched, and the object is of a new generation', async () => {
    const { status, value } = await server.call('PATCH', SCALE, { spec: { replicas: 5 } }, MERGE);
    expect([status, value.kind, value.spec]).toEqual([200, 'Scale', { replicas: 5 }]);
    const { metadata, spec } = (await server.call('GET', `${DEPLOYMENTS}/a`)).value;
    expect([metadata.generation, spec.replicas]).toEqual([2, 5]);
  });

  it('is replaced, to none where it says none', async () => {
    const { value } = await server.call('GET', SCALE);
    const { status } = await server.call('PUT', SCALE, { ...value, spec: {} });
    expect([status, await replicas()]).toEqual([200, 0]);
  });

  it('is not replaced on the basis of an old revision', async () => {
    const { value } = await server.call('GET', SCALE);
    await server.call('PATCH', SCALE, { spec: { replicas: 5 } }, MERGE);
    const late = await server.call('PUT', SCALE, value);
    expect([late.status, late.value.reason, await replicas()]).toEqual([409, 'Conflict', 5]);
  });

  it('changes nothing in a dry run', async () => {
    const url = `${SCALE}?dryRun=All`;
    const { value } = await server.call('PATCH', url, { spec: { replicas: 5 } }, MERGE);
    expect([value.spec.replicas, await replicas()]).toEqual([5, 2]);
  });

  it('is refused as a Scale when it is bad', async () => {
    const { status, value } = await server.call('PATCH', SCALE, { spec: { replicas: -1 } }, MERGE);
    expect([status, value.message, value.details.causes[0].field]).toEqual([
      422,
      'Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.replicas',
    ]);
  });

  it('needs its object, and is neither made nor deleted', async () => {
    const missing = await server.call('GET', `${DEPLOYMENTS}/b/scale`);
    expect(missing.value.message).toBe('deployments.apps "b" not found');
    expect((await server.call('POST', SCALE, {})).status).toBe(405);
    expect((await server.call('DELETE', SCALE)).status).toBe(405);
  });

  it('is discovered as the other kind', async () => {
    const { value } = await server.call('GET', '/apis/apps/v1');
    const found = value.resources.find(
      ({ name }: { name: string }) => name === 'deployments/scale',
    );
    expect(found).toEqual({
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });
});
