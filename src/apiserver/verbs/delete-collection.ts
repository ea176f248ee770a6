import { isReason } from '../../objects/api-error.ts';
import type { Stored } from '../../storage/stored.ts';
import type { ApiResponse } from '../handler.ts';
import { readListOptions } from '../list-options.ts';
import { parseSelection } from '../selection.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { removeObject } from './delete.ts';
import { readDeleteOptions } from './delete-options.ts';
import { selectObjects } from './list.ts';

/** Deletions that are under way together. */
const PARALLEL_MAX = 32;

/** Deletes every object of a collection that the selectors choose; answers their last states. */
export async function deleteCollection(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const options = await readDeleteOptions(request, server.parseYaml);
  const listOptions = readListOptions(request.query);
  const selection = parseSelection(resource, listOptions);
  const { namespace } = target;
  const listed = await selectObjects(server, resource, namespace, listOptions, selection, request);
  const deleted: Stored[] = [];
  for (let start = 0; start < listed.items.length; start += PARALLEL_MAX) {
    const batch = listed.items.slice(start, start + PARALLEL_MAX).map(async (item) => {
      const { metadata } = item.value.object;
      const [itemNamespace, name] = [metadata.namespace ?? '', metadata.name ?? ''];
      const deletion = { resource, namespace: itemNamespace, name, user: request.user, options };
      return removeObject(server, deletion).catch((error: unknown) => {
        // Someone else deleted it first: that is as good.
        if (isReason(error, 'NotFound')) return null;
        throw error;
      });
    });
    for (const outcome of await Promise.all(batch))
      if (outcome !== null) deleted.push(outcome.stored);
  }
  return {
    status: 200,
    headers: {},
    body: {
      type: 'list',
      kind: `${resource.kind.kind}List`,
      apiVersion: resource.apiVersion,
      metadata: { resourceVersion: String(server.store.revision) },
      items: deleted.map((stored) => resource.full.encode(stored)),
    },
  };
}
