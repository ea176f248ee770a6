import { volumeAnnotations } from '../objects/core/volume-facts.ts';
import type { BootstrapClient, Named } from './bootstrap-client.ts';
import type { ResponseBody } from './handler.ts';

const NAMESPACES = '/api/v1/namespaces';
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const SYSTEM = 'kube-system';
/** On the namespace kube-system: the cluster has had its default class, whatever became of it. */
const MADE = 'proa.dev/default-storage-class';

/** The class of claims that name none: a folder on the node where the first pod runs. */
const DEFAULT_CLASS: Named = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { [volumeAnnotations.defaultClass]: 'true' } },
  provisioner: 'proa.dev/local-path',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/**
 * Makes the namespace kube-system, and before it the default StorageClass: once in a cluster's
 * life, so that a class which somebody deletes or changes stays so.
 */
export async function makeSystemNamespace(client: BootstrapClient): Promise<void> {
  const path = `${NAMESPACES}/${SYSTEM}`;
  const present = await client.read(path);
  const annotations = { [MADE]: 'true' };
  if (annotationsOf(present)?.[MADE] !== undefined) return;
  const classes = await client.read(CLASSES);
  if (classes?.type === 'list' && classes.items.length === 0) {
    await client.ensure(CLASSES, DEFAULT_CLASS);
  }
  if (present !== null) return client.annotate(path, annotations);
  const metadata = { name: SYSTEM, annotations };
  return client.ensure(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata });
}

function annotationsOf(body: ResponseBody | null): Record<string, string> | undefined {
  if (body?.type !== 'object') return undefined;
  return (body.encoded.object as { metadata?: Named['metadata'] }).metadata?.annotations;
}
