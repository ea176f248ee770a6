import {
  type FieldError,
  forbidden,
  invalid,
  Path,
  required,
  tooLong,
} from '../../objects/field-error.ts';
import type { Kind } from '../../objects/kind.ts';
import { validateLabels } from '../../objects/labels.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../../objects/meta.ts';
import { dns1123Label, qualifiedName } from '../../objects/names.ts';
import { deepEqual } from '../deep-equal.ts';

/** Keys and values of all annotations together. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024;
const METADATA = Path.of('metadata');
const IMMUTABLE = 'field is immutable';

/** Checks the metadata of a new object, as upstream's ValidateObjectMeta. */
export function validateNewMetadata(object: KubeObject, kind: Kind): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    const path = METADATA.child('generateName');
    // A trailing dash is fine in a prefix: upstream checks it with a letter in its place.
    const masked = metadata.generateName.replace(/-$/, 'a');
    for (const why of kind.validateName(masked)) {
      errors.push(invalid(path, metadata.generateName, why));
    }
  }
  if (!metadata.name) {
    errors.push(required(METADATA.child('name'), 'name or generateName is required'));
  } else {
    for (const why of kind.validateName(metadata.name)) {
      errors.push(invalid(METADATA.child('name'), metadata.name, why));
    }
  }
  errors.push(...validateNamespace(metadata, kind), ...validateCommon(metadata));
  return errors;
}

/** Checks the metadata of an update, as upstream's ValidateObjectMetaUpdate. */
export function validateChangedMetadata(
  object: KubeObject,
  old: KubeObject,
  kind: Kind,
): FieldError[] {
  const { metadata } = object;
  const before = old.metadata;
  const errors: FieldError[] = [];
  // What did not change was good before, and most updates change none of it.
  if (!sameChecked(metadata, before)) errors.push(...validateCommon(metadata));
  if (before.deletionTimestamp) errors.push(...validateFinalizersShrink(metadata, before));
  if ((metadata.generation ?? 0) < (before.generation ?? 0)) {
    const path = METADATA.child('generation');
    errors.push(invalid(path, metadata.generation ?? 0, 'must not be decremented'));
  }
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (field === 'namespace' && !kind.namespaced && !metadata.namespace) continue;
    if (metadata[field] === before[field]) continue;
    errors.push(invalid(METADATA.child(field), metadata[field] ?? '', IMMUTABLE));
  }
  return errors;
}

const CHECKED = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

function sameChecked(a: ObjectMeta, b: ObjectMeta): boolean {
  return CHECKED.every((field) => deepEqual(a[field], b[field]));
}

function validateNamespace(metadata: ObjectMeta, kind: Kind): FieldError[] {
  const path = METADATA.child('namespace');
  if (!kind.namespaced) {
    return metadata.namespace ? [forbidden(path, 'not allowed on this type')] : [];
  }
  const { namespace } = metadata;
  if (!namespace) return [required(path)];
  return dns1123Label(namespace).map((why) => invalid(path, namespace, why));
}

function validateCommon(metadata: ObjectMeta): FieldError[] {
  return [
    ...validateLabels(metadata.labels, METADATA.child('labels')),
    ...validateAnnotations(metadata.annotations),
    ...validateOwners(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
  ];
}

function validateAnnotations(annotations: Readonly<Record<string, string>> = {}): FieldError[] {
  const path = METADATA.child('annotations');
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const key in annotations) {
    // Keys are checked in lower case, since upper case was allowed once.
    for (const why of qualifiedName(key.toLowerCase())) errors.push(invalid(path, key, why));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(tooLong(path, ANNOTATIONS_BYTES_MAX));
  return errors;
}

function validateOwners(owners: readonly OwnerReference[]): FieldError[] {
  const path = METADATA.child('ownerReferences');
  const errors = owners.flatMap((owner) => validateOwner(owner, path));
  const controllers = owners.filter((owner) => owner.controller);
  for (let i = 1; i < controllers.length; i++) {
    const names = `${controllers[i - 1]!.kind}/${controllers[i - 1]!.name} and ${controllers[i]!.kind}/${controllers[i]!.name}`;
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
    errors.push(invalid(path, owners, why));
  }
  return errors;
}

function validateOwner(owner: OwnerReference, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  const version = owner.apiVersion.slice(owner.apiVersion.indexOf('/') + 1);
  if (version === '') {
    errors.push(invalid(path.child('apiVersion'), owner.apiVersion, 'version must not be empty'));
  }
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (owner[field]) continue;
    const why = `${field} must not be empty`;
    errors.push(invalid(path.child(field), owner[field] ?? '', why));
  }
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    errors.push(
      invalid(path, 'v1, Kind=Event', 'v1, Kind=Event is disallowed from being an owner'),
    );
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[]): FieldError[] {
  const path = METADATA.child('finalizers');
  const errors: FieldError[] = [];
  for (const finalizer of finalizers) {
    for (const why of qualifiedName(finalizer)) errors.push(invalid(path, finalizer, why));
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const why = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(invalid(path, finalizers, why));
  }
  return errors;
}

function validateFinalizersShrink(metadata: ObjectMeta, before: ObjectMeta): FieldError[] {
  const added = (metadata.finalizers ?? []).filter(
    (finalizer) => !(before.finalizers ?? []).includes(finalizer),
  );
  if (added.length === 0) return [];
  const names = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`;
  return [forbidden(METADATA.child('finalizers'), why)];
}
