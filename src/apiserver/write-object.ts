import type { ApiError } from '../objects/api-error.ts';
import { invalid, invalidObject, Path } from '../objects/field-error.ts';
import type { WriteRules } from '../objects/kind.ts';
import type { KubeObject } from '../objects/meta.ts';
import type { KeyValue } from '../storage/store.ts';
import { Stored } from '../storage/stored.ts';
import { type Admission, finishAdmission } from './admission/admission.ts';
import { deepEqual } from './deep-equal.ts';
import { conflict, modified, notFound, wrongUid } from './errors.ts';
import type { UserInfo } from './handler.ts';
import type { Resource } from './kind-table.ts';
import { prepareChangedMetadata } from './metadata/prepare.ts';
import { validateChangedMetadata } from './metadata/validate.ts';
import type { ServerParts } from './server-parts.ts';

/** How often a write is tried anew after losing a race. */
const RACES_MAX = 20;

/** The object that a write is about, and on whose behalf. */
interface WriteTarget {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
}

/** How an object is changed. */
export interface Change extends WriteTarget {
  /** Makes the new object, decoded and with defaults, from the present one, which is frozen. */
  next(old: KubeObject): KubeObject | Promise<KubeObject>;
  readonly rules: WriteRules<KubeObject>;
  /** Whether the object is checked as a whole: not when only its status changes. */
  readonly whole: boolean;
  /** Actions such as a binding change the spec, but not what its owner asked for. */
  readonly keepsGeneration?: boolean;
}

/** What became of a write. */
export interface Written {
  readonly stored: Stored;
  /** False when nothing was stored: it was like that already, or this is a dry run. */
  readonly changed: boolean;
  /** What admission and the kind's rules have to tell the caller. */
  readonly warnings: readonly string[];
}

/**
 * Changes an object: reads it, asks for its next state, prepares and validates that, and stores
 * it unless someone else was quicker; then all over again. An update that says on which revision
 * it was based fails then. One that changes nothing writes nothing.
 *
 * @throws ApiError NotFound, Conflict, Invalid, and what `next` and admission throw
 */
export async function changeObject(server: ServerParts, change: Change): Promise<Written> {
  const { resource, namespace, name } = change;
  const key = resource.keyOf(namespace, name);
  let item = await server.store.get(key);
  for (let race = 0; race < RACES_MAX; race++) {
    if (item === null) throw notFound(resource.kind, name);
    const attempt = await tryChange(server, change, key, item);
    if ('written' in attempt) return attempt.written;
    item = attempt.current;
  }
  throw modified(resource.kind, name);
}

type Attempt = { written: Written } | { current: KeyValue<Stored> | null };

async function tryChange(
  server: ServerParts,
  change: Change,
  key: string,
  item: KeyValue<Stored>,
): Promise<Attempt> {
  const { resource, name, dryRun } = change;
  const old = resource.view(item.value);
  const object = await change.next(old);
  checkBasis(resource, object, old, key, name);
  const admission = admissionOf(change, object, old);
  let stored = false;
  try {
    await server.admission.run('admit', admission);
    prepareChange(server, change, object, old);
    await server.admission.run('allocate', admission);
    shareUnchanged(object, old);
    validateChange(change, object, old);
    await server.admission.run('validate', admission);
    const { warnings } = admission;
    warnings.push(...(change.rules.warnings?.(object, old) ?? []));
    if (deepEqual(object, old)) {
      return { written: { stored: item.value, changed: false, warnings } };
    }
    const removes = isDeletionComplete(resource, object, old);
    const draft = new Stored(resource.toStored(object), null);
    if (dryRun) return { written: { stored: draft, changed: false, warnings } };
    const outcome = await server.store.commit({
      compare: [{ key, modRevision: item.modRevision }],
      operations: [removes ? { type: 'delete', key } : { type: 'put', key, value: draft }],
    });
    if (!outcome.succeeded) return { current: outcome.current[0] ?? null };
    stored = true;
    const result = removes ? draft : outcome.results[0]!.value;
    return { written: { stored: result, changed: true, warnings } };
  } finally {
    finishAdmission(admission, stored);
  }
}

function admissionOf(change: Change, object: KubeObject, old: KubeObject): Admission {
  const { resource, namespace, name, subresource, user, dryRun } = change;
  const { kind } = resource;
  return {
    operation: 'UPDATE',
    kind,
    subresource,
    namespace,
    name,
    user,
    dryRun,
    object,
    old,
    onDone: [],
    warnings: [],
  };
}

/** Checks uid and resourceVersion, and sets the latter where the writer does not care. */
function checkBasis(
  resource: Resource,
  object: KubeObject,
  old: KubeObject,
  key: string,
  name: string,
): void {
  const { metadata } = object;
  const uid = old.metadata.uid ?? '';
  if (metadata.uid && metadata.uid !== uid) {
    throw wrongUid(resource.kind, name, key, metadata.uid, uid);
  }
  if (!metadata.resourceVersion || metadata.resourceVersion === '0') {
    if (resource.kind.unconditionalUpdateForbidden) {
      const path = Path.of('metadata', 'resourceVersion');
      throw invalidObject(resource.kind, name, [
        invalid(path, 0, 'must be specified for an update'),
      ]);
    }
    metadata.resourceVersion = old.metadata.resourceVersion;
  } else if (metadata.resourceVersion !== old.metadata.resourceVersion) {
    throw modified(resource.kind, name);
  }
}

function prepareChange(
  server: ServerParts,
  change: Change,
  object: KubeObject,
  old: KubeObject,
): void {
  const { kind } = change.resource;
  prepareChangedMetadata(object, old);
  change.rules.prepareForUpdate?.(object, old, { now: server.clock.now() });
  if (kind.generation && !change.keepsGeneration && raisesGeneration(change, object, old)) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

function raisesGeneration(change: Change, object: KubeObject, old: KubeObject): boolean {
  if (!sameButMetadata(object, old)) return true;
  const { generation } = change.resource.kind;
  return change.whole && typeof generation === 'function' && generation(object, old);
}

/**
 * Puts the old object's parts in place of equal ones: nothing changes the new object from here on.
 * So checks and comparisons tell at a glance what is as it was, and both revisions share it.
 */
function shareUnchanged(object: KubeObject, old: KubeObject): void {
  const fields = object as unknown as Record<string, unknown>;
  const before = old as unknown as Readonly<Record<string, unknown>>;
  for (const field in fields) {
    if (field === 'metadata' || fields[field] === before[field]) continue;
    if (deepEqual(fields[field], before[field])) fields[field] = before[field];
  }
}

function validateChange(change: Change, object: KubeObject, old: KubeObject): void {
  const { kind } = change.resource;
  const errors = validateChangedMetadata(object, old, kind);
  if (change.whole) errors.push(...(kind.validate?.(object, old) ?? []));
  errors.push(...(change.rules.validateUpdate?.(object, old) ?? []));
  if (errors.length > 0) throw invalidObject(kind, change.name, errors);
}

function sameButMetadata(a: KubeObject, b: KubeObject): boolean {
  const { metadata: _a, status: _s, ...left } = a;
  const { metadata: _b, status: _t, ...right } = b;
  return deepEqual(left, right);
}

/** Whether nothing holds a deleted object any more once `object` replaces `old`. */
function isDeletionComplete(resource: Resource, object: KubeObject, old: KubeObject): boolean {
  if (!old.metadata.deletionTimestamp || old.metadata.deletionGracePeriodSeconds) return false;
  return !isHeld(resource, object);
}

/** Whether finalizers, of metadata or of the kind's own, hold a deleted object back. */
export function isHeld(resource: Resource, object: KubeObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return true;
  return resource.kind.delete?.held?.(object) !== undefined;
}

/** The Conflict that answers a further delete of an object its kind still holds. */
export function heldConflict(resource: Resource, object: KubeObject): ApiError | null {
  const why = resource.kind.delete?.held?.(object);
  return why === undefined ? null : conflict(resource.kind, object.metadata.name ?? '', why);
}
