import type { Client } from '../../client/client.ts';
import { replicaSets } from '../../client/resources.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { equalJson } from '../../objects/core/immutable.ts';

/**
 * Writes what has changed of a set's status. When somebody else has written the set meanwhile, the
 * status goes onto the newer revision, once; its generation says what was acted on.
 *
 * @throws ApiError Conflict when that, too, has been overtaken
 */
export async function writeStatus(
  client: Client,
  set: ReplicaSet,
  status: ReplicaSetStatus,
): Promise<void> {
  if (equalJson(status, set.status)) return;
  try {
    await client.update(replicaSets, { ...set, status }, 'status');
  } catch (error) {
    if (!isReason(error, 'Conflict')) throw error;
    const { name = '', namespace, uid } = set.metadata;
    const newest = await client.get(replicaSets, name, namespace);
    if (newest.metadata.uid !== uid) return;
    await client.update(replicaSets, { ...newest, status }, 'status');
  }
}
