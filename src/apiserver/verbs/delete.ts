import { formatTime } from '../../base/clock.ts';
import type { KubeObject } from '../../objects/meta.ts';
import type { KeyValue } from '../../storage/store.ts';
import { Stored } from '../../storage/stored.ts';
import { type Admission, finishAdmission } from '../admission/admission.ts';
import { conflict, modified, notFound, objectDetails } from '../errors.ts';
import type { ApiResponse, UserInfo } from '../handler.ts';
import type { Resource } from '../kind-table.ts';
import { storedResponse, valueResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { heldConflict, isHeld } from '../write-object.ts';
import { type DeleteOptions, finalizersFor, readDeleteOptions } from './delete-options.ts';

const RACES_MAX = 20;

/** Deletes an object, or begins its deletion. */
export async function deleteObject(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const options = await readDeleteOptions(request, server.parseYaml);
  const { namespace, name } = target;
  const deletion = { resource, namespace, name, user: request.user, options };
  const { stored, removed } = await removeObject(server, deletion);
  // Upstream answers the object where deletion is graceful or goes on, and else a Status.
  if (!removed || resource.kind.delete !== undefined) {
    const status = !removed && options.orphanDependents === false ? 202 : 200;
    return storedResponse(server, call, stored, status);
  }
  return valueResponse({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...objectDetails(resource.kind, name), uid: stored.object.metadata.uid },
  });
}

export interface Deletion {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  readonly options: DeleteOptions;
}

export interface Deleted {
  /** The last state. */
  readonly stored: Stored;
  /** False while finalizers or a grace period keep the object. */
  readonly removed: boolean;
}

/**
 * Deletes an object as upstream does: a graceful deletion first marks it, and what is marked and
 * held by nothing is removed.
 *
 * @throws ApiError NotFound, Conflict, and what admission throws
 */
export async function removeObject(server: ServerParts, deletion: Deletion): Promise<Deleted> {
  const { resource, namespace, name } = deletion;
  const key = resource.keyOf(namespace, name);
  let item = await server.store.get(key);
  for (let race = 0; race < RACES_MAX; race++) {
    if (item === null) throw notFound(resource.kind, name);
    const step = await deleteStep(server, deletion, item);
    if ('done' in step) return step.done;
    item = step.next;
  }
  throw modified(resource.kind, name);
}

/** Either the deletion is done, or there is a newer state to go on with. */
type Step = { done: Deleted } | { next: KeyValue<Stored> | null };

async function deleteStep(
  server: ServerParts,
  deletion: Deletion,
  item: KeyValue<Stored>,
): Promise<Step> {
  const { resource, options } = deletion;
  const old = resource.view(item.value);
  checkPreconditions(resource, deletion.name, old, options);
  const admission = admissionOf(deletion, old);
  await server.admission.run('admit', admission);
  await server.admission.run('validate', admission);
  const marked = markDeleted(server, deletion, old);
  let step: Step;
  if (marked === 'pending') step = { done: { stored: item.value, removed: false } };
  else if (marked === 'remove') step = await remove(server, item, options.dryRun);
  else step = await storeMark(server, deletion, item, marked);
  finishAdmission(admission, 'done' in step && step.done.removed && !options.dryRun);
  return step;
}

async function storeMark(
  server: ServerParts,
  { resource, options }: Deletion,
  item: KeyValue<Stored>,
  object: KubeObject,
): Promise<Step> {
  const { key, modRevision } = item;
  const stays = isHeld(resource, object) || (object.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  const draft = new Stored(resource.toStored(object), null);
  if (options.dryRun) return { done: { stored: draft, removed: !stays } };
  const outcome = await server.store.commit({
    compare: [{ key, modRevision }],
    operations: [{ type: 'put', key, value: draft }],
  });
  if (!outcome.succeeded) return { next: outcome.current[0] ?? null };
  const marked = outcome.results[0]!;
  if (stays) return { done: { stored: marked.value, removed: false } };
  // As upstream: the mark is seen by watchers, then the object goes, whoever changed it meanwhile.
  return remove(server, marked, false);
}

async function remove(server: ServerParts, item: KeyValue<Stored>, dryRun: boolean): Promise<Step> {
  const { key, modRevision } = item;
  if (dryRun) return { done: { stored: item.value, removed: true } };
  const outcome = await server.store.commit({
    compare: [{ key, modRevision }],
    operations: [{ type: 'delete', key }],
  });
  if (!outcome.succeeded) return { next: outcome.current[0] ?? null };
  return { done: { stored: item.value, removed: true } };
}

/**
 * What a delete makes of `old`: the object marked as deleted; 'remove' when it can go at once;
 * 'pending' when an earlier delete is under way and this one asks for nothing sooner.
 */
function markDeleted(
  server: ServerParts,
  { resource, options }: Deletion,
  old: KubeObject,
): KubeObject | 'pending' | 'remove' {
  const finalizers = finalizersFor(old.metadata.finalizers ?? [], options);
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0 } = old.metadata;
  const object = shallowDraft(old, finalizers);
  const now = server.clock.now();
  if (deletionTimestamp && grace > 0) {
    const { gracePeriodSeconds: requested } = options;
    if (requested === undefined || requested >= grace) return 'pending';
    // Only a shorter period may be asked for; it counts from the first request.
    const startedAt = Date.parse(deletionTimestamp) - grace * 1000;
    mark(object, startedAt, Math.max(0, requested));
    return object;
  }
  if (deletionTimestamp) {
    const held = heldConflict(resource, old);
    if (held !== null) throw held;
    if (finalizers.length === 0) return 'remove';
    const isSame = finalizers.length === (old.metadata.finalizers ?? []).length;
    return isSame ? 'pending' : object;
  }
  const rules = resource.kind.delete;
  const isHeldBack = isHeld(resource, object);
  if (rules === undefined && !isHeldBack) return 'remove';
  const period = rules?.gracePeriodSeconds(old, options.gracePeriodSeconds) ?? 0;
  mark(object, now, period);
  if (object.metadata.generation) object.metadata.generation += 1;
  rules?.prepareForDelete?.(object, { now });
  return object;
}

function mark(object: KubeObject, startedAt: number, graceSeconds: number): void {
  object.metadata.deletionTimestamp = formatTime(startedAt + graceSeconds * 1000);
  object.metadata.deletionGracePeriodSeconds = graceSeconds;
}

/** A mutable object whose parts, but metadata, are those of `old`. */
function shallowDraft(old: KubeObject, finalizers: readonly string[]): KubeObject {
  const metadata = { ...old.metadata, finalizers: [...finalizers] };
  const { finalizers: _dropped, ...without } = metadata;
  return { ...old, metadata: finalizers.length > 0 ? metadata : without };
}

function checkPreconditions(
  resource: Resource,
  name: string,
  old: KubeObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const kind = { group: resource.kind.group, plural: resource.kind.kind };
  const { uid, resourceVersion } = preconditions;
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      kind,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${old.metadata.uid}). ` +
        'The object might have been deleted and then recreated',
    );
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match ` +
        `the ResourceVersion in record (${old.metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

function admissionOf({ resource, namespace, name, user, options }: Deletion, old: KubeObject) {
  const admission: Admission = {
    operation: 'DELETE',
    kind: resource.kind,
    subresource: '',
    namespace,
    name,
    user,
    dryRun: options.dryRun,
    object: null,
    old,
    onDone: [],
    warnings: [],
  };
  return admission;
}
