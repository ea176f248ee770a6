import type { Client } from '../../client/client.ts';
import type { Resource } from '../../client/resources.ts';
import { isReason } from '../../objects/api-error.ts';
import type { Selector } from '../../objects/labels.ts';
import { type ObjectMeta, objectKey } from '../../objects/meta.ts';
import { controllerReference } from './controller-reference.ts';
import { planOwnership } from './plan-ownership.ts';

interface WithMetadata {
  readonly metadata: ObjectMeta;
}

export interface ClaimOptions<Owner extends WithMetadata, Owned extends WithMetadata> {
  readonly client: Client;
  readonly owner: Owner;
  readonly ownerResource: Resource<Owner>;
  /** Which objects the owner wants. */
  readonly selector: Selector;
  readonly resource: Resource<Owned>;
}

/**
 * Which of `candidates` belong to the owner, after orphans that its selector matches have been
 * adopted and objects that it no longer matches have been let go. Before the first adoption the
 * owner is read again from the API server, since an informer may lag behind its deletion.
 *
 * @returns adopted objects as they are now, the others as they were given
 * @throws Error after all candidates have been looked at, when one could not be adopted or
 *   released; objects that are gone do not count
 */
export async function claimObjects<Owner extends WithMetadata, Owned extends WithMetadata>(
  options: ClaimOptions<Owner, Owned>,
  candidates: Iterable<Owned>,
): Promise<Owned[]> {
  const { owner, selector } = options;
  const claimed: Owned[] = [];
  const errors: unknown[] = [];
  let rechecked: Promise<void> | undefined;
  for (const object of candidates) {
    const ownership = planOwnership(owner, selector, object);
    if (ownership === 'owned') claimed.push(object);
    try {
      if (ownership === 'release') await release(options, object);
      if (ownership !== 'adopt') continue;
      rechecked ??= recheck(options);
      await allowed(options, object, rechecked);
      claimed.push(await adopt(options, object));
    } catch (error) {
      if (!isReason(error, 'NotFound')) errors.push(error);
    }
  }
  throwAll(errors);
  return claimed;
}

/** @throws Error when the owner has been deleted meanwhile, or another has taken its place */
async function recheck<Owner extends WithMetadata>({
  client,
  owner,
  ownerResource,
}: ClaimOptions<Owner, WithMetadata>): Promise<void> {
  const { name = '', namespace, uid } = owner.metadata;
  let metadata: ObjectMeta;
  try {
    ({ metadata } = await client.get(ownerResource, name, namespace));
  } catch (error) {
    throw new Error(`can't recheck DeletionTimestamp: ${textOf(error)}`);
  }
  if (metadata.uid !== uid) {
    throw new Error(
      `can't recheck DeletionTimestamp: original ${ownerResource.kind} ${objectKey(owner)} ` +
        `is gone: got uid ${metadata.uid}, wanted ${uid}`,
    );
  }
  const { deletionTimestamp } = metadata;
  if (deletionTimestamp) {
    throw new Error(`${objectKey(owner)} has just been deleted at ${deletionTimestamp}`);
  }
}

async function allowed(
  { resource }: { readonly resource: Resource<unknown> },
  object: WithMetadata,
  rechecked: Promise<void>,
): Promise<void> {
  try {
    await rechecked;
  } catch (error) {
    const what = `${resource.kind} ${objectKey(object)} (${object.metadata.uid})`;
    throw new Error(`can't adopt ${what}: ${textOf(error)}`);
  }
}

/** The server refuses it when another controller was faster. */
function adopt<Owner extends WithMetadata, Owned extends WithMetadata>(
  { client, owner, ownerResource, resource }: ClaimOptions<Owner, Owned>,
  object: Owned,
): Promise<Owned> {
  const { name = '', namespace, uid } = object.metadata;
  const ownerReferences = [controllerReference(owner, ownerResource)];
  const patch = { metadata: { ownerReferences, uid } };
  return client.patch(resource, { name, namespace }, 'strategic', patch);
}

async function release<Owner extends WithMetadata, Owned extends WithMetadata>(
  { client, owner, resource }: ClaimOptions<Owner, Owned>,
  object: Owned,
): Promise<void> {
  const { name = '', namespace, uid } = object.metadata;
  const ownerReferences = [{ $patch: 'delete', uid: owner.metadata.uid }];
  try {
    const patch = { metadata: { ownerReferences, uid } };
    await client.patch(resource, { name, namespace }, 'strategic', patch);
  } catch (error) {
    // It has no owner any more.
    if (!isReason(error, 'Invalid')) throw error;
  }
}

function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  // As upstream's aggregate: each text once.
  throw new Error(`[${[...new Set(errors.map(textOf))].join(', ')}]`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
