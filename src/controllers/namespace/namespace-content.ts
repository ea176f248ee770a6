import type { Client } from '../../client/client.ts';
import type { Resource } from '../../client/resources.ts';
import { isReason } from '../../objects/api-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import type { Remains } from './plan-conditions.ts';

/** Objects listed at once. */
const PAGE_SIZE = 500;

/** Pods go first, so that nothing they need vanishes under them (KEP-5080). */
const FIRST = 'pods';

export interface ContentResult extends Remains {
  /** Seconds after which another look is worth it; 0 when nothing is left. */
  readonly waitSeconds: number;
}

interface Found {
  readonly counts: Map<string, number>;
  readonly finalizers: Map<string, number>;
  readonly failures: string[];
  waitSeconds: number;
}

/** How long to wait for finalizers of which nothing else is known (upstream's figure). */
const FINALIZER_WAIT_SECONDS = 15;

function raise(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Asks everything in the namespace to go and tells what is left. */
export async function deleteContent(
  client: Client,
  resources: readonly Resource<KubeObject>[],
  namespace: string,
): Promise<ContentResult> {
  const found: Found = { counts: new Map(), finalizers: new Map(), failures: [], waitSeconds: 0 };
  const isFirst = ({ group, plural }: Resource<KubeObject>) => group === '' && plural === FIRST;
  for (const resource of resources.filter(isFirst)) await empty(client, resource, namespace, found);
  if (found.counts.size > 0 || found.failures.length > 0) return found;
  for (const resource of resources.filter((one) => !isFirst(one))) {
    await empty(client, resource, namespace, found);
  }
  return found;
}

async function empty(
  client: Client,
  resource: Resource<KubeObject>,
  namespace: string,
  found: Found,
): Promise<void> {
  try {
    for (const object of await listAll(client, resource, namespace)) {
      const { name = '', uid, deletionTimestamp } = object.metadata;
      if (deletionTimestamp) continue;
      try {
        await client.delete(resource, name, namespace, { uid, propagationPolicy: 'Background' });
      } catch (error) {
        if (!isReason(error, 'NotFound', 'Conflict')) throw error;
      }
    }
    for (const object of await listAll(client, resource, namespace)) count(resource, object, found);
  } catch (error) {
    found.failures.push(error instanceof Error ? error.message : String(error));
  }
}

async function listAll(
  client: Client,
  resource: Resource<KubeObject>,
  namespace: string,
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  let next = '';
  do {
    const page = await client.list(resource, { namespace, limit: PAGE_SIZE, continue: next });
    objects.push(...page.items);
    next = page.continue;
  } while (next !== '');
  return objects;
}

function count(resource: Resource<KubeObject>, { metadata }: KubeObject, found: Found): void {
  raise(found.counts, `${resource.plural}.${resource.group}`);
  const finalizers = metadata.finalizers ?? [];
  for (const finalizer of finalizers) raise(found.finalizers, finalizer);
  const grace = metadata.deletionGracePeriodSeconds ?? 0;
  const wait = finalizers.length > 0 ? Math.max(grace, FINALIZER_WAIT_SECONDS) : grace;
  found.waitSeconds = Math.max(found.waitSeconds, wait);
}
