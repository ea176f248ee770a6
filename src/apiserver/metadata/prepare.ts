import { type Clock, formatTime } from '../../base/clock.ts';
import { nameSuffix, type Prng, uuid } from '../../base/prng.ts';
import type { Kind } from '../../objects/kind.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { badRequest } from '../errors.ts';

/** Upstream's longest generated name, less the random suffix. */
const GENERATED_BASE_MAX = 58;

/**
 * Gives `object` the namespace of the request, where it names none.
 *
 * @throws ApiError BadRequest when it names another
 */
export function matchNamespace(object: KubeObject, kind: Kind, namespace: string): void {
  const { metadata } = object;
  if (!kind.namespaced) return;
  if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

/** @throws ApiError BadRequest when `object` is not the one that the URL names */
export function matchName(object: KubeObject, name: string): void {
  const own = object.metadata.name;
  if (own === name) return;
  if (!own) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
}

/** A name for an object with generateName: upstream cuts the base, then adds five characters. */
export function generateName(base: string, prng: Prng): string {
  return base.slice(0, GENERATED_BASE_MAX) + nameSuffix(prng);
}

/** Sets what the server alone decides about a new object. */
export function prepareNewMetadata(object: KubeObject, kind: Kind, clock: Clock, prng: Prng) {
  const { metadata } = object;
  metadata.uid = uuid(prng);
  metadata.creationTimestamp = formatTime(clock.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.managedFields;
  if (kind.generation) metadata.generation = 1;
  else delete metadata.generation;
}

/** Keeps what no update may change, before validation looks at the rest. */
export function prepareChangedMetadata(object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  const before = old.metadata;
  if (!metadata.uid) metadata.uid = before.uid;
  if (!metadata.creationTimestamp) metadata.creationTimestamp = before.creationTimestamp;
  copy(metadata, before, 'generation');
  copy(metadata, before, 'deletionTimestamp');
  copy(metadata, before, 'deletionGracePeriodSeconds');
  copy(metadata, before, 'generateName');
  delete metadata.managedFields;
}

type Meta = KubeObject['metadata'];

function copy<K extends keyof Meta>(to: Meta, from: Meta, field: K): void {
  if (from[field] === undefined) delete to[field];
  else to[field] = from[field];
}
