import { isSpecial } from '../schema/decoder.ts';
import { definition, type Schema } from '../schema/definitions.ts';
import { fieldFacts } from '../schema/facts.ts';
import { identity, orderItems } from './list-order.ts';
import { isJsonObject, type JsonObject, PatchError, setField } from './patch-error.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const SET_ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

const BAD_ORDER = 'invalid patch format of setElementOrder list';
const BAD_RETAIN = 'invalid patch format of retainKeys';
const BAD_PRIMITIVES = 'invalid patch format of primitive list';

/** What the schema says of a value that is patched. */
interface Shape {
  readonly schema: Schema | undefined;
  readonly strategy: string;
  readonly mergeKey: string | undefined;
}

/**
 * Upstream's strategic merge patch: like a merge patch, but lists merge by the keys that the
 * definition called `name` declares, and `$patch`, `$retainKeys`, `$setElementOrder/x` and
 * `$deleteFromPrimitiveList/x` steer it. Neither argument is changed.
 *
 * @throws PatchError
 */
export function strategicMergePatch(
  name: string,
  target: JsonObject,
  patch: JsonObject,
): JsonObject {
  return mergeMap({ $ref: name }, target, patch);
}

function shapeOf(owner: Schema | undefined, field: string): Shape {
  if (owner?.$ref !== undefined && !isSpecial(owner.$ref)) {
    const facts = fieldFacts(owner.$ref, field);
    const properties = definition(owner.$ref).properties ?? {};
    return {
      schema: Object.hasOwn(properties, field) ? properties[field] : undefined,
      strategy: facts?.patchStrategy ?? '',
      mergeKey: facts?.patchMergeKey,
    };
  }
  return { schema: owner?.additionalProperties, strategy: '', mergeKey: undefined };
}

function mergeMap(schema: Schema | undefined, target: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') {
    const { [DIRECTIVE]: _, ...rest } = patch;
    return clean(rest) as JsonObject;
  }
  if (directive === 'delete') return {};
  if (directive !== undefined) throw badDirective(directive, patch);
  const result = retainKeys(target, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS) continue;
    if (key.startsWith(SET_ORDER)) {
      const field = key.slice(SET_ORDER.length);
      // A list with both content and an order is dealt with once, by its content.
      if (!Object.hasOwn(patch, field)) reorder(schema, result, field, value);
    } else if (key.startsWith(DELETE_FROM))
      deleteFrom(result, key.slice(DELETE_FROM.length), value);
    else mergeField(schema, result, key, value, patch[SET_ORDER + key]);
  }
  return result;
}

function badDirective(directive: unknown, patch: JsonObject): PatchError {
  return new PatchError(
    'BadRequest',
    `unknown patch type found: ${directive} in map: ${JSON.stringify(patch)}`,
  );
}

function retainKeys(target: JsonObject, patch: JsonObject): Record<string, unknown> {
  const list = patch[RETAIN_KEYS];
  if (list === undefined) return { ...target };
  if (!Array.isArray(list)) throw new PatchError('BadRequest', BAD_RETAIN);
  const kept = new Set<unknown>(list);
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !key.startsWith('$') && !kept.has(key))
      throw new PatchError('BadRequest', "patch content doesn't match retainKeys list");
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.has(key)));
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function mergeField(
  owner: Schema | undefined,
  result: Record<string, unknown>,
  key: string,
  value: unknown,
  order: unknown,
): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const old = own(result, key);
  const shape = shapeOf(owner, key);
  const isReplaced = shape.strategy.includes('replace');
  if (isJsonObject(value) && !isReplaced)
    // Merging into nothing also frees what is new of its directives.
    setField(result, key, mergeMap(shape.schema, isJsonObject(old) ? old : {}, value));
  else if (Array.isArray(value) && shape.strategy.includes('merge'))
    setField(result, key, mergeList(shape, Array.isArray(old) ? old : [], value, order));
  else setField(result, key, clean(value));
}

/** A value as it stands when there is nothing to merge it with: no nulls, no directives. */
function clean(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .filter((item) => !(isJsonObject(item) && DIRECTIVE in item))
      .map((item) => clean(item));
  if (!isJsonObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value))
    if (item !== null && !isDirective(key)) setField(result, key, clean(item));
  return result;
}

function isDirective(key: string): boolean {
  return (
    key === DIRECTIVE ||
    key === RETAIN_KEYS ||
    key.startsWith(SET_ORDER) ||
    key.startsWith(DELETE_FROM)
  );
}

function mergeList(
  shape: Shape,
  old: readonly unknown[],
  patch: readonly unknown[],
  order: unknown,
): unknown[] {
  const { mergeKey } = shape;
  const wanted = order === undefined ? undefined : readOrder(order);
  if (mergeKey === undefined) {
    if (patch.some((item) => typeof item === 'object'))
      throw new PatchError('BadRequest', BAD_PRIMITIVES);
    const merged = [...new Set([...old, ...patch])];
    return orderItems(merged, wanted ?? patch, old, undefined);
  }
  const { kept, changes, isReplaced } = applyDirectives(old, patch, mergeKey);
  if (isReplaced) return changes.map(clean);
  const merged = mergeItems(shape, kept, changes, mergeKey);
  return orderItems(merged, wanted ?? changes, old, mergeKey);
}

/** Takes `$patch: delete` and `$patch: replace` items out of a list's patch. */
function applyDirectives(old: readonly unknown[], patch: readonly unknown[], mergeKey: string) {
  let kept = old;
  let isReplaced = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (Array.isArray(item))
      throw new PatchError('Unprocessable', 'lists of lists are not supported');
    if (!isJsonObject(item)) throw new PatchError('BadRequest', 'invalid JSON document');
    const directive = item[DIRECTIVE];
    if (directive === undefined) changes.push(item);
    else if (directive === 'replace') isReplaced = true;
    else if (directive === 'delete') {
      requireKey(item, mergeKey);
      const gone = identity(item, mergeKey);
      kept = kept.filter((entry) => identity(entry, mergeKey) !== gone);
    } else if (directive === 'merge')
      throw new PatchError('BadRequest', 'merging lists cannot yet be specified in the patch');
    else throw badDirective(directive, item);
  }
  return { kept, changes, isReplaced };
}

function requireKey(item: JsonObject, mergeKey: string): void {
  if (item[mergeKey] === undefined || item[mergeKey] === null)
    throw new PatchError(
      'Unprocessable',
      `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
    );
}

function mergeItems(
  shape: Shape,
  old: readonly unknown[],
  changes: readonly JsonObject[],
  mergeKey: string,
): unknown[] {
  const merged = [...old];
  const places = new Map<string, number>();
  for (const [index, item] of old.entries()) {
    const id = identity(item, mergeKey);
    if (!places.has(id)) places.set(id, index);
  }
  for (const change of changes) {
    requireKey(change, mergeKey);
    const id = identity(change, mergeKey);
    const place = places.get(id);
    const present = place === undefined ? {} : merged[place];
    const item = mergeMap(shape.schema?.items, isJsonObject(present) ? present : {}, change);
    if (place === undefined) places.set(id, merged.push(item) - 1);
    else merged[place] = item;
  }
  return merged;
}

function readOrder(order: unknown): readonly unknown[] {
  if (!Array.isArray(order)) throw new PatchError('BadRequest', BAD_ORDER);
  return order;
}

/** Only the order of a list is given. */
function reorder(
  owner: Schema | undefined,
  result: Record<string, unknown>,
  field: string,
  order: unknown,
): void {
  const wanted = readOrder(order);
  const old = own(result, field);
  if (!Array.isArray(old)) return;
  const { mergeKey } = shapeOf(owner, field);
  setField(result, field, orderItems(old, wanted, old, mergeKey));
}

function deleteFrom(result: Record<string, unknown>, field: string, gone: unknown): void {
  if (!Array.isArray(gone)) throw new PatchError('BadRequest', BAD_PRIMITIVES);
  const old = own(result, field);
  if (Array.isArray(old))
    setField(
      result,
      field,
      old.filter((item) => !gone.includes(item)),
    );
}
