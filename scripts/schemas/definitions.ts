import type { Model, ModelField, Models, OldType } from './sources.ts';
import { EXTRA_DEFINITIONS, LATER_QUANTITIES, UNTYPED } from './supplement.ts';

/** A definition or a field of one, as OpenAPI writes it; `$ref` is a bare definition name. */
export interface Schema {
  type?: string;
  format?: string;
  $ref?: string;
  items?: Schema;
  additionalProperties?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Definitions {
  readonly definitions: Record<string, Schema>;
  /** By definition, then by field; the definition's own text is under ''. */
  readonly descriptions: Record<string, Record<string, string>>;
  /** The TypeScript name of each definition. */
  readonly names: ReadonlyMap<string, string>;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** Where upstream's OpenAPI keeps a group's types, where it is not io.k8s.api.GROUP.VERSION. */
const PACKAGES: Readonly<Record<string, string>> = {
  'api/resource': 'io.k8s.apimachinery.pkg.api.resource',
  'meta/v1': META,
  'apiextensions/v1': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  'apiregistration/v1': 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
};

/** The group of an API file where that is not its name. */
const API_GROUPS: Readonly<Record<string, string>> = {
  rbacauthorization: 'rbac',
  flowcontrolapiserver: 'flowcontrol',
};

function definitionName(groupVersion: string, name: string): string {
  const folder = PACKAGES[groupVersion] ?? `io.k8s.api.${groupVersion.replace('/', '.')}`;
  return `${folder}.${name}`;
}

/** V1Pod -> [undefined, v1, Pod]; CoreV1Event -> [core, v1, Event]. */
function splitModelName(model: string): [group: string | undefined, version: string, name: string] {
  const [, group, version, name] = /^([A-Z][a-z]+)?V([0-9]+)([A-Z]\w*)$/.exec(model)!;
  return [group?.toLowerCase(), `v${version}`, name!];
}

/**
 * Finds each model's group: by its name's prefix, else where kubernetes-types has it, else (types
 * newer than that package) from a model that refers to it, else from the API that returns it.
 */
function findGroups(models: Models, oldTypes: readonly OldType[]): Map<string, string> {
  const groups = new Map<string, string>([['VersionInfo', '']]);
  const old = new Map<string, string[]>();
  for (const { name, groupVersion } of oldTypes) {
    const key = `${groupVersion.split('/')[1]} ${name}`;
    old.set(key, [...(old.get(key) ?? []), groupVersion]);
  }
  for (const model of models.byName.keys()) {
    if (groups.has(model)) continue;
    const [group, version, name] = splitModelName(model);
    const known = old.get(`${version} ${name}`);
    if (group !== undefined) groups.set(model, `${group}/${version}`);
    else if (known?.length === 1) groups.set(model, known[0]!);
  }
  for (const [api, mentioned] of models.byApi) {
    const [, group, version] = /^(\w+)V([0-9]+)$/.exec(api)!;
    const lower = group!.toLowerCase();
    for (const model of mentioned)
      if (models.byName.has(model) && !groups.has(model))
        groups.set(model, `${API_GROUPS[lower] ?? lower}/v${version}`);
  }
  for (let before = -1; before !== groups.size; ) {
    before = groups.size;
    for (const model of models.byName.values()) inheritGroup(model, models, groups);
  }
  return groups;
}

function inheritGroup(model: Model, models: Models, groups: Map<string, string>): void {
  const group = groups.get(model.name);
  if (group === undefined) return;
  for (const field of model.fields)
    for (const [word] of field.type.matchAll(/\w+/g))
      if (models.byName.has(word) && !groups.has(word)) groups.set(word, group);
}

/** Turns the models into definitions under upstream's names. */
export function buildDefinitions(models: Models, oldTypes: readonly OldType[]): Definitions {
  const groups = findGroups(models, oldTypes);
  const old = new Map(oldTypes.map((type) => [definitionName(type.groupVersion, type.name), type]));
  const byModel = new Map<string, string>();
  for (const model of models.byName.keys()) {
    const group = groups.get(model);
    if (group === undefined) throw new Error(`no API group is known for the model ${model}`);
    byModel.set(
      model,
      model === 'VersionInfo'
        ? 'io.k8s.apimachinery.pkg.version.Info'
        : definitionName(group, splitModelName(model)[2]),
    );
  }
  const definitions: Record<string, Schema> = {};
  const descriptions: Record<string, Record<string, string>> = {};
  const names = new Map<string, string>();
  for (const model of models.byName.values()) {
    const name = byModel.get(model.name)!;
    const oldType = old.get(name);
    definitions[name] = buildDefinition(model, name, byModel, oldType);
    descriptions[name] = describe(model, oldType);
    names.set(name, model.name.replace(/^V1(?=[A-Z])/, ''));
  }
  for (const [name, { description, ...schema }] of Object.entries(EXTRA_DEFINITIONS)) {
    definitions[name] = schema;
    descriptions[name] = { '': description ?? old.get(name)?.description ?? '' };
    if (schema.properties !== undefined) names.set(name, name.slice(name.lastIndexOf('.') + 1));
  }
  return { definitions: sorted(definitions), descriptions: sorted(descriptions), names };
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function buildDefinition(
  model: Model,
  name: string,
  byModel: ReadonlyMap<string, string>,
  oldType: OldType | undefined,
): Schema {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const field of model.fields) {
    const path = `${name}.${field.name}`;
    const isQuantity =
      oldType?.fields.get(field.name)?.type.includes('Quantity') || LATER_QUANTITIES.has(path);
    properties[field.name] = UNTYPED[path] ?? buildField(field, byModel, isQuantity === true);
    if (field.required) required.push(field.name);
  }
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

function buildField(
  { type, format }: ModelField,
  byModel: ReadonlyMap<string, string>,
  isQuantity: boolean,
): Schema {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined)
    return {
      type: 'array',
      items: buildField({ ...EMPTY, type: list, format }, byModel, isQuantity),
    };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    const additionalProperties = buildField({ ...EMPTY, type: map, format }, byModel, isQuantity);
    return { type: 'object', additionalProperties };
  }
  if (isQuantity) return { $ref: QUANTITY };
  switch (type) {
    case 'string':
      return format === '' ? { type } : { type, format };
    case 'boolean':
      return { type };
    case 'number':
      return { type: format === 'double' ? 'number' : 'integer', format };
    case 'IntOrString':
      return { $ref: INT_OR_STRING };
    case 'Date':
      return { $ref: `${META}.Time` };
    case 'V1MicroTime':
      return { $ref: `${META}.MicroTime` };
    case 'any':
      return { $ref: 'io.k8s.apimachinery.pkg.runtime.RawExtension' };
  }
  const $ref = byModel.get(type);
  if ($ref === undefined) throw new Error(`unknown type ${type}`);
  return { $ref };
}

const EMPTY: ModelField = { name: '', type: '', format: '', required: false, description: '' };

/** The newer text, in the older one's lines where only white space differs. */
function choose(text: string, older: string | undefined): string {
  if (older === undefined) return text;
  const squeeze = (words: string) => words.replace(/\s+/g, ' ').trim();
  return text === '' || squeeze(text) === squeeze(older) ? older : text;
}

function describe(model: Model, oldType: OldType | undefined): Record<string, string> {
  const texts: Record<string, string> = { '': choose(model.description, oldType?.description) };
  for (const field of model.fields) {
    const text = choose(field.description, oldType?.fields.get(field.name)?.description);
    if (text !== '') texts[field.name] = text;
  }
  return texts;
}
