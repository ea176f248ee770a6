import { definition, type Schema } from '../schema/definitions.ts';
import { fieldOrder, PLAIN_FIELDS } from './field-numbers.ts';
import { bytesOf, numberOf, readFields, textOf, WireError } from './wire.ts';

/** Upstream's media type of it, which kubectl uses for what it creates itself. */
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** Every Kubernetes message begins with these four bytes. */
const MAGIC = Buffer.from('k8s\0');
/** Deeper nesting than any object has; a hostile one must not exhaust the stack. */
const DEPTH_MAX = 100;

/** The last moment of the year 9999, the latest that RFC 3339 can write. */
const TIME_MS_MAX = 253_402_300_799_999;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

type Wire = bigint | Uint8Array;
type Read = (value: Wire) => unknown;

/** Definitions whose JSON form is not that of their message. */
const SPECIAL: Readonly<Record<string, Read>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (value) =>
    textOf(fieldsOf(value).get(1) ?? EMPTY),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': (value) => {
    const fields = fieldsOf(value);
    const isText = numberOf(fields.get(1) ?? 0n) === 1;
    return isText ? textOf(fields.get(3) ?? EMPTY) : numberOf(fields.get(2) ?? 0n);
  },
  [`${META}Time`]: (value) => time(value, 19, 'Z'),
  [`${META}MicroTime`]: (value) => time(value, 23, '000Z'),
  [`${META}FieldsV1`]: (value) => rawJson(value),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': (value) => rawJson(value),
};

const EMPTY = new Uint8Array(0);

/**
 * Decodes a Kubernetes protobuf message to the value that the same object has in JSON. Unknown
 * fields are left out, as protobuf does it.
 *
 * @throws WireError when it is none, or of a kind that has no protobuf form here
 */
export function decodeProtobuf(bytes: Uint8Array): Record<string, unknown> {
  const prefix = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAGIC.length));
  if (!prefix.equals(MAGIC)) {
    throw new WireError('provided data does not appear to be a protobuf message');
  }
  // The envelope is a runtime.Unknown: what it is, then the message itself.
  const fields = fieldsOf(bytes.subarray(MAGIC.length));
  const type = fieldsOf(fields.get(1) ?? EMPTY);
  const apiVersion = textOf(type.get(1) ?? EMPTY);
  const kind = textOf(type.get(2) ?? EMPTY);
  const name = definitionName(apiVersion, kind);
  return { apiVersion, kind, ...readMessage(name, bytesOf(fields.get(2) ?? EMPTY), 0) };
}

/** The definition of a kind: its group's first label names the package. */
function definitionName(apiVersion: string, kind: string): string {
  const [group = '', version = group] = apiVersion.split('/');
  const packageName = version === group ? 'core' : group.split('.')[0];
  const name = `io.k8s.api.${packageName}.${version}.${kind}`;
  const found = [name, `${META}${kind}`].find((candidate) => fieldOrder(candidate) !== null);
  if (found === undefined) {
    throw new WireError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  }
  return found;
}

function readMessage(name: string, bytes: Uint8Array, depth: number): Record<string, unknown> {
  const order = fieldOrder(name);
  if (order === null) throw new WireError(`no kind "${name}" is registered for protobuf`);
  if (depth > DEPTH_MAX) throw new WireError('exceeded max depth');
  const properties = definition(name).properties ?? {};
  const result: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    const field = order[number - 1];
    if (field === undefined || field === '-') continue;
    if (field.startsWith('+')) {
      Object.assign(result, readPart(name, field.slice(1), properties, bytesOf(value), depth + 1));
    } else {
      put(result, field, properties[field], value, depth);
    }
  }
  return result;
}

/** A part whose fields are the object's own in JSON; `name` is the definition of the whole. */
function readPart(
  name: string,
  part: string,
  properties: Readonly<Record<string, Schema>>,
  bytes: Uint8Array,
  depth: number,
): Record<string, unknown> {
  const partName = `${name.slice(0, name.lastIndexOf('.') + 1)}${part}`;
  const order = fieldOrder(partName);
  if (order === null) throw new WireError(`no part "${partName}" is registered for protobuf`);
  const result: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    const field = order[number - 1];
    if (field !== undefined && field !== '-') put(result, field, properties[field], value, depth);
  }
  return result;
}

function put(
  result: Record<string, unknown>,
  field: string,
  schema: Schema | undefined,
  wire: Wire,
  depth: number,
): void {
  if (schema === undefined) return;
  if (schema.type === 'array') {
    result[field] ??= [];
    (result[field] as unknown[]).push(readValue(schema.items ?? {}, wire, depth));
  } else if (schema.additionalProperties !== undefined) {
    result[field] ??= {};
    const entry = fieldsOf(wire);
    const key = textOf(entry.get(1) ?? EMPTY);
    const value = readValue(schema.additionalProperties, entry.get(2) ?? EMPTY, depth);
    Object.defineProperty(result[field], key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    const value = readValue(schema, wire, depth);
    const isAbsent = value === '' || ((value === 0 || value === false) && PLAIN_FIELDS.has(field));
    if (!isAbsent && value !== undefined) result[field] = value;
  }
}

function readValue(schema: Schema, wire: Wire, depth: number): unknown {
  if (schema.$ref !== undefined) {
    const special = SPECIAL[schema.$ref];
    if (special !== undefined) return special(wire);
    return readMessage(schema.$ref, bytesOf(wire), depth + 1);
  }
  switch (schema.type) {
    case 'integer':
      return numberOf(wire);
    case 'boolean':
      return numberOf(wire) !== 0;
    case 'number':
      return Buffer.from(bytesOf(wire)).readDoubleLE();
    default:
      return schema.format === 'byte'
        ? Buffer.from(bytesOf(wire)).toString('base64')
        : textOf(wire);
  }
}

/** The last value of each field: enough for messages without lists. */
function fieldsOf(value: Wire): Map<number, Wire> {
  const fields = new Map<number, Wire>();
  for (const field of readFields(bytesOf(value))) fields.set(field.number, field.value);
  return fields;
}

/** @param digits how much of the ISO form counts: to the second or the millisecond */
function time(value: Wire, digits: number, end: string): string | undefined {
  const fields = fieldsOf(value);
  if (fields.size === 0) return undefined;
  const ms = numberOf(fields.get(1) ?? 0n) * 1000 + Math.floor(numberOf(fields.get(2) ?? 0n) / 1e6);
  if (Math.abs(ms) > TIME_MS_MAX) throw new WireError('a time is out of range');
  return `${new Date(ms).toISOString().slice(0, digits)}${end}`;
}

function rawJson(value: Wire): unknown {
  const text = textOf(fieldsOf(value).get(1) ?? EMPTY);
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new WireError('a raw value is not JSON');
  }
}
