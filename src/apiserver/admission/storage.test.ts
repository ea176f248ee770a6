import { beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import { bootstrap } from '../bootstrap.ts';
import { TestServer } from '../testing/test-server.ts';

const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const MERGE = { contentType: 'application/merge-patch+json' };

function claim(name: string, spec: object = {}): object {
  const resources = { requests: { storage: '1Gi' } };
  return { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources, ...spec } };
}

let server: TestServer;

function start(): Promise<void> {
  const advertise = { address: '192.0.2.1', port: 6443 };
  const options = { clusterIp: '10.43.0.1', advertise };
  return bootstrap(server.server.handler, options, new AbortController().signal);
}

beforeEach(async () => {
  const ranges = { serviceCidr: '10.43.0.0/16', nodePortFirst: 30_000, nodePortLast: 30_001 };
  server = new TestServer(kinds, { admission: undefined, serviceRanges: ranges });
  await start();
});

describe('the default StorageClass', () => {
  it('is there from the start', async () => {
    const { value } = await server.call('GET', CLASSES);
    expect(value.items).toMatchObject([
      {
        metadata: { name: 'standard', annotations: { [DEFAULT]: 'true' } },
        provisioner: 'proa.dev/local-path',
        reclaimPolicy: 'Delete',
        volumeBindingMode: 'WaitForFirstConsumer',
      },
    ]);
  });

  it('is not made again where somebody deleted it', async () => {
    await server.call('DELETE', `${CLASSES}/standard`);
    await start();
    expect((await server.call('GET', CLASSES)).value.items).toEqual([]);
  });

  it('is not made in an older cluster that has classes', async () => {
    await server.call('DELETE', `${CLASSES}/standard`);
    await server.call('POST', CLASSES, { metadata: { name: 'own' }, provisioner: 'example.com/x' });
    const metadata = { annotations: { 'proa.dev/default-storage-class': null } };
    await server.call('PATCH', '/api/v1/namespaces/kube-system', { metadata }, MERGE);
    await start();
    const { items } = (await server.call('GET', CLASSES)).value;
    expect(items).toMatchObject([{ metadata: { name: 'own' } }]);
  });

  it('is given to claims that leave it open', async () => {
    const open = await server.call('POST', CLAIMS, claim('open'));
    expect(open.value.spec.storageClassName).toBe('standard');
    const none = await server.call('POST', CLAIMS, claim('none', { storageClassName: '' }));
    expect(none.value.spec.storageClassName).toBe('');
  });

  it('is the newest of several', async () => {
    await server.clock.advance(1_000);
    const metadata = { name: 'newer', annotations: { [DEFAULT]: 'true' } };
    await server.call('POST', CLASSES, { metadata, provisioner: 'example.com/x' });
    const { value } = await server.call('POST', CLAIMS, claim('c'));
    expect(value.spec.storageClassName).toBe('newer');
  });
});

describe('a claim grows', () => {
  const grow = (name: string) =>
    server.call(
      'PATCH',
      `${CLAIMS}/${name}`,
      { spec: { resources: { requests: { storage: '2Gi' } } } },
      MERGE,
    );
  const bind = (name: string) =>
    server.call('PATCH', `${CLAIMS}/${name}/status`, { status: { phase: 'Bound' } }, MERGE);

  it('once it is bound', async () => {
    await server.call('POST', CLAIMS, claim('c'));
    expect((await grow('c')).value.message).toContain(
      'spec is immutable after creation except resources.requests',
    );
    await bind('c');
    expect((await grow('c')).status).toBe(200);
  });

  it('where its class allows it', async () => {
    const fields = { metadata: { name: 'fixed' }, provisioner: 'example.com/x' };
    await server.call('POST', CLASSES, fields);
    await server.call('POST', CLAIMS, claim('c', { storageClassName: 'fixed' }));
    await bind('c');
    const { status, value } = await grow('c');
    expect([status, value.message]).toEqual([
      403,
      'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized ' +
        'and the storageclass that provisions the pvc must support resize',
    ]);
  });
});

it('volumes and claims are held while they are used', async () => {
  const made = await server.call('POST', CLAIMS, claim('c'));
  expect(made.value.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  const spec = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: '/x' },
  };
  const volume = await server.call('POST', VOLUMES, { metadata: { name: 'v' }, spec });
  expect(volume.value.metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
});
