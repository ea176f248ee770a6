import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Pod,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { type Lab, openLab } from '../harness/lab.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const namespace = 'client-node';

describe('@kubernetes/client-node', () => {
  let lab: Lab;
  let config: KubeConfig;
  let core: CoreV1Api;

  beforeAll(async () => {
    const { cluster } = await sharedCluster();
    lab = await openLab(cluster, labKubectl(), namespace);
    config = new KubeConfig();
    config.loadFromFile(cluster.home.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  afterAll(() => lab?.close());

  const configMap = (name: string, data: Record<string, string>): V1ConfigMap => ({
    metadata: { name, labels: { made: 'by-client-node' } },
    data,
  });

  it('lists, creates, reads, replaces, patches and deletes', async () => {
    const { items } = await core.listNode();
    expect(items[0]?.status?.nodeInfo?.kubeletVersion).toMatch(/^v1\.34\./);
    const body = configMap('first', { a: '1' });
    const created = await core.createNamespacedConfigMap({ namespace, body });
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
    created.data = { a: '2' };
    await core.replaceNamespacedConfigMap({ name: 'first', namespace, body: created });
    await core.patchNamespacedConfigMap(
      { name: 'first', namespace, body: { data: { b: '3' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const read = await core.readNamespacedConfigMap({ name: 'first', namespace });
    expect(read.data).toEqual({ a: '2', b: '3' });
    await core.deleteNamespacedConfigMap({ name: 'first', namespace });
    const gone = core.readNamespacedConfigMap({ name: 'first', namespace });
    await expect(gone).rejects.toMatchObject({ code: 404 });
  });

  it('pages through a list', async () => {
    for (const name of ['p1', 'p2', 'p3']) {
      await core.createNamespacedConfigMap({ namespace, body: configMap(name, {}) });
    }
    const names: string[] = [];
    let _continue: string | undefined;
    do {
      const labelSelector = 'made=by-client-node';
      const page = await core.listNamespacedConfigMap({
        namespace,
        limit: 2,
        labelSelector,
        _continue,
      });
      names.push(...page.items.map(({ metadata }) => metadata?.name ?? ''));
      _continue = page.metadata?._continue;
    } while (_continue);
    expect(names).toEqual(['p1', 'p2', 'p3']);
  });

  it('watches, and an informer follows', async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const seen: string[] = [];
    const note = (type: string, object: V1ConfigMap) =>
      seen.push(`${type} ${object.metadata?.name}`);
    const ended = new Promise<unknown>((resolve) => {
      void new Watch(config)
        .watch(path, { labelSelector: 'watched=yes' }, note, resolve)
        .then((controller) => stop.then(() => controller.abort()));
    });
    let end = () => {};
    const stop = new Promise<void>((resolve) => {
      end = resolve;
    });
    const informer = makeInformer(config, path, () =>
      core.listNamespacedConfigMap({ namespace, labelSelector: 'watched=yes' }),
    );
    const informed: string[] = [];
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, (object) => informed.push(`${verb} ${object.metadata?.name}`));
    }
    await informer.start();

    const body: V1ConfigMap = { metadata: { name: 'seen', labels: { watched: 'yes' } } };
    const created = await core.createNamespacedConfigMap({ namespace, body });
    created.data = { changed: 'yes' };
    await core.replaceNamespacedConfigMap({ name: 'seen', namespace, body: created });
    await core.deleteNamespacedConfigMap({ name: 'seen', namespace });

    const isWhole = () => seen.length >= 3 && informed.length >= 3;
    const said = () => JSON.stringify({ seen, informed });
    await waitUntil('three events each', 10_000, isWhole, said);
    expect(seen).toEqual(['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
    expect(informed.filter((line) => line.endsWith(' seen'))).toEqual([
      'add seen',
      'update seen',
      'delete seen',
    ]);
    await informer.stop();
    end();
    await ended;
  });

  it('runs a pod and reads its log', async () => {
    const container = { name: 'main', image: 'busybox', args: ['echo', 'hello from a pod'] };
    const body: V1Pod = {
      metadata: { name: 'speaker' },
      spec: { containers: [container], restartPolicy: 'Never' },
    };
    await core.createNamespacedPod({ namespace, body });
    await lab.waitForPhase('speaker', 'Succeeded');
    const log = await core.readNamespacedPodLog({ name: 'speaker', namespace });
    expect(log).toBe('hello from a pod\n');
    await core.deleteNamespacedPod({ name: 'speaker', namespace });
    await lab.waitForGone('speaker');
  });
});
