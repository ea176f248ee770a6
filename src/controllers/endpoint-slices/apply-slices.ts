import type { Client } from '../../client/client.ts';
import { endpointSlices } from '../../client/resources.ts';
import { isReason } from '../../objects/api-error.ts';
import type { SliceAction } from './plan-groups.ts';
import type { SliceTracker } from './slice-tracker.ts';

/** Carries actions out and tells the tracker what came of them. */
export async function applySlices(
  client: Client,
  tracker: SliceTracker,
  actions: readonly SliceAction[],
): Promise<void> {
  for (const { type, slice } of actions) {
    try {
      if (type === 'create') tracker.set(await client.create(endpointSlices, slice));
      else if (type === 'update') tracker.set(await client.update(endpointSlices, slice));
      else {
        const { name = '', namespace = '', uid } = slice.metadata;
        await client.delete(endpointSlices, name, namespace, { uid });
        tracker.delete(slice);
      }
    } catch (error) {
      if (isReason(error, 'NotFound')) tracker.delete(slice);
      // Forbidden: the namespace ends.
      else if (!isReason(error, 'Forbidden')) throw error;
    }
  }
}
