import { definition, isKind, type Schema } from '../../objects/schema/definitions.ts';
import { enumOf } from '../../objects/schema/enums.ts';
import { fieldFacts, hasZero, isStruct } from '../../objects/schema/facts.ts';

/** A JSON value of a document that is being built. */
export type Json = Record<string, unknown>;

/** The two versions of OpenAPI that clients ask for. */
export type OpenApiVersion = 2 | 3;

/** Texts by definition, then field; a definition's own is under ''. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** Where a document keeps its schemas. */
export function schemaRef(version: OpenApiVersion, name: string): Json {
  const folder = version === 3 ? '#/components/schemas/' : '#/definitions/';
  return { $ref: folder + name };
}

/** `roots` and all definitions that they need, sorted. */
export function reachable(roots: Iterable<string>): string[] {
  const found = new Set<string>();
  const visit = (schema: Schema | undefined): void => {
    if (schema === undefined) return;
    if (schema.$ref !== undefined && !found.has(schema.$ref)) {
      found.add(schema.$ref);
      visit(definition(schema.$ref));
    }
    visit(schema.items);
    visit(schema.additionalProperties);
    for (const property of Object.values(schema.properties ?? {})) visit(property);
  };
  for (const $ref of roots) visit({ $ref });
  return [...found].sort();
}

/** A definition as a document of `version` shows it. */
export function renderDefinition(
  name: string,
  descriptions: Descriptions,
  version: OpenApiVersion,
): Json {
  const schema = definition(name);
  const texts = descriptions[name] ?? {};
  const result: Json = {};
  if (texts['']) result.description = texts[''];
  if (version === 3 && name === QUANTITY)
    return { ...result, oneOf: [{ type: 'string' }, { type: 'number' }] };
  if (version === 3 && name === INT_OR_STRING)
    return {
      ...result,
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    };
  if (schema.type !== undefined) result.type = schema.type;
  if (schema.format !== undefined) result.format = schema.format;
  if (schema.required !== undefined) result.required = schema.required;
  if (schema.properties !== undefined)
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, type]) => [
        field,
        renderField({ owner: name, schema, field, type }, descriptions, version),
      ]),
    );
  return result;
}

interface Field {
  readonly owner: string;
  readonly schema: Schema;
  readonly field: string;
  readonly type: Schema;
}

function renderField(
  { owner, schema, field, type }: Field,
  descriptions: Descriptions,
  version: OpenApiVersion,
): Json {
  const result = renderType(type, version);
  const text = descriptions[owner]?.[field] ?? descriptions[type.$ref ?? '']?.[''];
  if (text !== undefined && text !== '') result.description = text;
  const values = enumOf(owner, field);
  if (values !== undefined) result.enum = values;
  if (version === 3) {
    const isInPlace = isKind(schema) && ['metadata', 'spec', 'status'].includes(field);
    if (type.$ref !== undefined && (isInPlace || isStruct(owner, field))) result.default = {};
    const zero = ZEROS.get(type.type ?? '');
    if (zero !== undefined && schema.required?.includes(field) && hasZero(owner, field))
      result.default = zero;
  }
  if (type.items !== undefined) Object.assign(result, listExtensions(owner, field));
  else {
    const strategy = fieldFacts(owner, field)?.patchStrategy;
    if (strategy !== undefined) result['x-kubernetes-patch-strategy'] = strategy;
  }
  return result;
}

const ZEROS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['string', ''],
  ['integer', 0],
  ['number', 0],
  ['boolean', false],
]);

function listExtensions(owner: string, field: string): Json {
  const { listType, listMapKeys, patchMergeKey, patchStrategy } = fieldFacts(owner, field) ?? {};
  return {
    'x-kubernetes-list-type': listType ?? 'atomic',
    ...(listMapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': listMapKeys }),
    ...(patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': patchMergeKey }),
    ...(patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': patchStrategy }),
  };
}

function renderType(type: Schema, version: OpenApiVersion): Json {
  if (type.$ref !== undefined) {
    const ref = schemaRef(version, type.$ref);
    return version === 3 ? { allOf: [ref] } : ref;
  }
  const result: Json = {};
  if (type.type !== undefined) result.type = type.type;
  if (type.format !== undefined) result.format = type.format;
  if (type.items !== undefined) result.items = renderItem(type.items, version);
  if (type.additionalProperties !== undefined)
    result.additionalProperties = renderItem(type.additionalProperties, version);
  return result;
}

function renderItem(type: Schema, version: OpenApiVersion): Json {
  const item = renderType(type, version);
  if (version === 3) {
    const isObject = type.$ref !== undefined && definition(type.$ref).properties !== undefined;
    const zero = isObject ? {} : ZEROS.get(type.type ?? '');
    if (zero !== undefined) item.default = zero;
  }
  return item;
}
