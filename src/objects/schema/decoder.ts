import { definition, isKind, type Schema } from './definitions.ts';
import { hasZero, isStruct } from './facts.ts';
import {
  canonicalAmount,
  canonicalBase64,
  canonicalMicroTime,
  canonicalTime,
  intOrString,
} from './scalars.ts';

/** What a fast pass may do, and what it counts. */
export interface Tally {
  /**
   * Whether nobody else has the value, as it was just parsed: then what is clean stays as it is,
   * and only what is not is copied.
   */
  readonly keeps: boolean;
  /** Names of fields seen, for comparison with those in the text. */
  keys: number;
  /** Fields that no definition knows. */
  unknown: number;
  /** Whether it met a value of any shape, whose fields it did not count. */
  open: boolean;
}

/** Thrown by a fast pass that meets a value of a wrong type; {@link explain} finds the words. */
export const MISMATCH: unique symbol = Symbol('mismatch');

/**
 * Turns a JSON value (never null) into a clean one, a copy unless the tally keeps; undefined drops
 * it. Throws {@link MISMATCH} or ScalarError.
 */
export type Decoder = (value: unknown, tally: Tally) => unknown;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

const open: Decoder = (value, tally) => {
  tally.open = true;
  return value;
};
const orSchema =
  (test: (value: unknown) => boolean): Decoder =>
  (value, tally) =>
    test(value) ? open(value, tally) : decoderOf(`${APIEXTENSIONS}.JSONSchemaProps`)(value, tally);

/** Definitions that are decoded by their own rule. */
const SPECIAL: Readonly<Record<string, Decoder>> = {
  [QUANTITY]: canonicalAmount,
  [INT_OR_STRING]: intOrString,
  [`${META}.Time`]: canonicalTime,
  [`${META}.MicroTime`]: canonicalMicroTime,
  [`${META}.FieldsV1`]: open,
  [`${META}.Patch`]: open,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': open,
  [`${APIEXTENSIONS}.JSON`]: open,
  [`${APIEXTENSIONS}.CustomResourceSubresourceStatus`]: open,
  [`${APIEXTENSIONS}.JSONSchemaPropsOrBool`]: orSchema((value) => typeof value === 'boolean'),
  [`${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`]: orSchema(Array.isArray),
  [`${APIEXTENSIONS}.JSONSchemaPropsOrArray`]: (value, tally) =>
    Array.isArray(value)
      ? value.map((item) => decoderOf(`${APIEXTENSIONS}.JSONSchemaProps`)(item, tally))
      : decoderOf(`${APIEXTENSIONS}.JSONSchemaProps`)(value, tally),
};

/** Whether a definition is decoded as a whole, not field by field. */
export function isSpecial(name: string): boolean {
  return SPECIAL[name] !== undefined;
}

const compiled = new Map<string, Decoder>();

/** The decoder of the definition called `name`, compiled when first asked for. */
export function decoderOf(name: string): Decoder {
  let decoder = compiled.get(name);
  if (decoder === undefined) {
    decoder = SPECIAL[name] ?? compileObject(name);
    compiled.set(name, decoder);
  }
  return decoder;
}

/** What a missing or null value becomes. */
type Zero = () => unknown;

function compileObject(name: string): Decoder {
  const schema = definition(name);
  // Compiled at first use: definitions refer to each other, and to themselves.
  let fields: Map<string, Decoder> | undefined;
  const fills = fillsOf(name, schema);
  return (value, tally) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw MISMATCH;
    fields ??= compileFields(schema);
    const source = value as Record<string, unknown>;
    let copy: Record<string, unknown> | undefined = tally.keeps ? undefined : {};
    for (const key in source) {
      tally.keys++;
      const decode = fields.get(key);
      if (decode === undefined) tally.unknown++;
      const item = source[key];
      const isDropped = decode === undefined || item === null || item === undefined;
      const clean = isDropped ? undefined : decode(item, tally);
      if (copy === undefined) {
        if (clean === item) continue;
        copy = fieldsBefore(source, key);
      }
      if (clean !== undefined) copy[key] = clean;
    }
    const result = copy ?? source;
    for (const [key, zero] of fills) if (result[key] === undefined) result[key] = zero();
    return result;
  };
}

/** A copy of the fields of `source` that stand before `end`. */
function fieldsBefore(source: Record<string, unknown>, end: string): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key in source) {
    if (key === end) break;
    copy[key] = source[key];
  }
  return copy;
}

function compileFields(schema: Schema): Map<string, Decoder> {
  const fields = new Map<string, Decoder>();
  for (const [field, type] of Object.entries(schema.properties ?? {}))
    fields.set(field, compileField(type, schema.required?.includes(field) !== true));
  return fields;
}

/** Required scalars and structs in place, which upstream's answers always hold. */
function fillsOf(name: string, schema: Schema): readonly (readonly [string, Zero])[] {
  const fills: [string, Zero][] = [];
  for (const [field, type] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(field) === true;
    if (type.$ref !== undefined && !isScalar(type.$ref)) {
      const inPlace = isKind(schema) && ['metadata', 'spec', 'status'].includes(field);
      if (inPlace || isStruct(name, field)) fills.push([field, zeroOf(type)]);
    } else if ((isRequired && hasZero(name, field)) || isStruct(name, field)) {
      if (type.$ref?.endsWith('Time') !== true) fills.push([field, zeroOf(type)]);
    }
  }
  return fills;
}

function isScalar(name: string): boolean {
  return name === QUANTITY || name === INT_OR_STRING || /\.(Micro)?Time$/.test(name);
}

function zeroOf(type: Schema): Zero {
  if (type.$ref === QUANTITY) return () => '0';
  if (type.$ref === INT_OR_STRING) return () => 0;
  const { $ref } = type;
  if ($ref !== undefined)
    return isSpecial($ref) ? () => ({}) : () => decoderOf($ref)({}, newTally());
  switch (type.type) {
    case 'array':
      return () => [];
    case 'string':
      return () => '';
    case 'boolean':
      return () => false;
    case 'integer':
    case 'number':
      return () => 0;
    default:
      return () => ({});
  }
}

/** A tally of nothing yet, for a value that others may have, unless `keeps` says that none do. */
export function newTally(keeps = false): Tally {
  return { keeps, keys: 0, unknown: 0, open: false };
}

function compileField(type: Schema, isOptional: boolean): Decoder {
  if (type.$ref !== undefined) return decoderOf(type.$ref);
  if (type.items !== undefined) return compileList(type.items, isOptional);
  if (type.additionalProperties !== undefined)
    return compileMap(type.additionalProperties, isOptional);
  return compileScalar(type);
}

function compileScalar({ type, format }: Schema): Decoder {
  switch (type) {
    case 'string':
      return format === 'byte' ? bytes : string;
    case 'boolean':
      return boolean;
    case 'number':
      return number;
    case 'integer':
      return format === 'int32' ? int32 : int64;
    default:
      return open;
  }
}

const string: Decoder = (value) => {
  if (typeof value !== 'string') throw MISMATCH;
  return value;
};
const bytes: Decoder = (value) => {
  if (typeof value !== 'string') throw MISMATCH;
  return canonicalBase64(value);
};
const boolean: Decoder = (value) => {
  if (typeof value !== 'boolean') throw MISMATCH;
  return value;
};
const number: Decoder = (value) => {
  if (typeof value !== 'number') throw MISMATCH;
  return value;
};
const int32: Decoder = (value) => {
  // Integers of 32 bits only survive this, but for -0, which JSON hardly ever holds.
  if (typeof value !== 'number' || (value | 0) !== value) throw MISMATCH;
  return value | 0;
};
const int64: Decoder = (value) => {
  if (!Number.isInteger(value) || Math.abs(value as number) > 2 ** 63) throw MISMATCH;
  return value;
};

/** Upstream leaves out optional lists and maps that are empty. */
function compileList(items: Schema, isOptional: boolean): Decoder {
  let decode: Decoder | undefined;
  const zero = zeroOf(items);
  return (value, tally) => {
    if (!Array.isArray(value)) throw MISMATCH;
    if (value.length === 0 && isOptional) return undefined;
    decode ??= compileField(items, false);
    let result: unknown[] = tally.keeps ? value : new Array(value.length);
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const clean = item === null ? zero() : decode(item, tally);
      if (result === value) {
        if (clean === item) continue;
        result = value.slice();
      }
      result[i] = clean;
    }
    return result;
  };
}

function compileMap(values: Schema, isOptional: boolean): Decoder {
  let decode: Decoder | undefined;
  const zero = zeroOf(values);
  return (value, tally) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw MISMATCH;
    decode ??= compileField(values, false);
    const source = value as Record<string, unknown>;
    // Spreading makes every entry an own property, even one called __proto__.
    let result = tally.keeps ? source : { ...source };
    let isEmpty = true;
    for (const key in source) {
      isEmpty = false;
      tally.keys++;
      const item = source[key];
      const clean = item === null || item === undefined ? zero() : decode(item, tally);
      if (clean === item) continue;
      if (result === source) result = { ...source };
      result[key] = clean;
    }
    return isEmpty && isOptional ? undefined : result;
  };
}
