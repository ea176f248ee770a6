import { decoderOf, isSpecial, MISMATCH, newTally } from './decoder.ts';
import { definition, type Schema } from './definitions.ts';
import { goTypeOf } from './facts.ts';
import { canonicalBase64, jsonType, ScalarError } from './scalars.ts';

/** Upstream stops listing after as many. */
const STRICT_ERRORS_MAX = 100;

/** What is wrong with a value that did not decode cleanly. */
export interface Explanation {
  /** The first wrong type or unreadable scalar, in Go's words; decoding fails with it. */
  readonly failure: string | undefined;
  /** `unknown field "spec.foo"`, in the order met. */
  readonly unknownFields: readonly string[];
}

interface Place {
  /** `spec.containers[0].image` */
  readonly path: string;
  /** The same without indexes and keys, as Go's type errors have it. */
  readonly goPath: string;
  /** The struct that holds the field, such as Container. */
  readonly struct: string;
  readonly goType: string;
}

interface Findings {
  failure: string | undefined;
  readonly unknownFields: string[];
}

/** Walks `value` once more, slowly, to find the words for what a fast pass stumbled over. */
export function explain(name: string, value: unknown): Explanation {
  const findings: Findings = { failure: undefined, unknownFields: [] };
  const goType = goNameOf({ $ref: name });
  visit({ $ref: name }, value, { path: '', goPath: '', struct: '', goType }, findings);
  return findings;
}

function visit(schema: Schema, value: unknown, place: Place, findings: Findings): void {
  if (value === null || value === undefined) return;
  if (schema.$ref !== undefined) {
    if (isSpecial(schema.$ref)) visitSpecial(schema.$ref, value, place, findings);
    else visitObject(schema.$ref, value, place, findings);
  } else if (schema.items !== undefined) {
    if (!Array.isArray(value)) {
      mismatch(value, place, findings);
      return;
    }
    const goType = place.goType.replace(/^\[\]/, '');
    for (const [index, item] of value.entries())
      visit(schema.items, item, { ...place, path: `${place.path}[${index}]`, goType }, findings);
  } else if (schema.additionalProperties !== undefined) {
    if (!isRecord(value)) {
      mismatch(value, place, findings);
      return;
    }
    const goType = goNameOf(schema.additionalProperties);
    for (const [key, item] of Object.entries(value)) {
      const path = `${place.path}.${key}`;
      visit(schema.additionalProperties, item, { ...place, path, goType }, findings);
    }
  } else visitScalar(schema, value, place, findings);
}

function visitObject(name: string, value: unknown, place: Place, findings: Findings): void {
  if (!isRecord(value)) {
    mismatch(value, place, findings);
    return;
  }
  const properties = definition(name).properties ?? {};
  const struct = name.slice(name.lastIndexOf('.') + 1);
  for (const [key, item] of Object.entries(value)) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (schema === undefined) {
      if (findings.unknownFields.length < STRICT_ERRORS_MAX)
        findings.unknownFields.push(`unknown field ${JSON.stringify(path)}`);
      continue;
    }
    const goPath = place.goPath === '' ? key : `${place.goPath}.${key}`;
    const goType = goTypeOf(name, key) ?? goNameOf(schema);
    visit(schema, item, { path, goPath, struct, goType }, findings);
  }
}

function visitSpecial(name: string, value: unknown, place: Place, findings: Findings): void {
  try {
    decoderOf(name)(value, newTally());
  } catch (error) {
    if (error instanceof ScalarError) findings.failure ??= error.message;
    else if (error === MISMATCH) mismatch(value, place, findings);
    else throw error;
  }
}

function visitScalar(
  { type, format }: Schema,
  value: unknown,
  place: Place,
  findings: Findings,
): void {
  const wanted = type === 'integer' ? 'number' : type;
  if (wanted !== undefined && wanted !== 'object' && typeof value !== wanted) {
    mismatch(value, place, findings);
    return;
  }
  if (type === 'integer') {
    const limit = format === 'int32' ? 2 ** 31 : 2 ** 63;
    const fits = Number.isInteger(value) && Number(value) >= -limit && Number(value) < limit;
    if (!fits) mismatch(value, place, findings, `number ${value}`);
  }
  if (format === 'byte' && typeof value === 'string') {
    try {
      canonicalBase64(value);
    } catch (error) {
      if (error instanceof ScalarError) findings.failure ??= error.message;
    }
  }
}

function mismatch(value: unknown, place: Place, findings: Findings, what = jsonType(value)): void {
  const target =
    place.struct === ''
      ? `Go value of type ${place.goType}`
      : `Go struct field ${place.struct}.${place.goPath} of type ${place.goType}`;
  findings.failure ??= `json: cannot unmarshal ${what} into ${target}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The Go type of a field, as reflection prints it: `[]v1.Container`, `map[string]string`. */
function goNameOf(schema: Schema): string {
  const { $ref, items, additionalProperties, type, format } = schema;
  if ($ref !== undefined) return $ref.split('.').slice(-2).join('.');
  if (items !== undefined) return `[]${goNameOf(items)}`;
  if (additionalProperties !== undefined) return `map[string]${goNameOf(additionalProperties)}`;
  if (type === 'integer') return format ?? 'int64';
  if (type === 'number') return 'float64';
  if (type === 'boolean') return 'bool';
  return format === 'byte' ? '[]uint8' : (type ?? 'interface {}');
}
