import { describe, expect, test } from 'vitest';
import { kinds } from '../kinds.ts';
import { decoderOf, newTally } from './decoder.ts';
import { definitions, type Schema } from './definitions.ts';
import { ENUMS } from './enums.ts';
import { FACTS, GO_TYPES, REQUIRED_POINTERS, STRUCTS } from './facts.ts';

/** The field at `definition.field`, whose definition's name holds dots itself. */
function fieldAt(path: string): Schema | undefined {
  const dot = path.lastIndexOf('.');
  return definitions()[path.slice(0, dot)]?.properties?.[path.slice(dot + 1)];
}

test('definitions: there are hundreds, and every reference leads to one', () => {
  const all = definitions();
  expect(Object.keys(all).length).toBeGreaterThan(550);
  const check = (schema: Schema): void => {
    if (schema.$ref !== undefined) expect(all).toHaveProperty([schema.$ref]);
    if (schema.items !== undefined) check(schema.items);
    if (schema.additionalProperties !== undefined) check(schema.additionalProperties);
    for (const property of Object.values(schema.properties ?? {})) check(property);
  };
  for (const schema of Object.values(all)) check(schema);
});

test('definitions: every kind has its own and its list', () => {
  for (const { schema, isQuestion } of kinds) {
    expect(definitions()).toHaveProperty([schema]);
    if (!isQuestion) expect(definitions()).toHaveProperty([`${schema}List`]);
  }
});

test('decoders: every definition compiles and decodes nothing to something', () => {
  for (const [name, { properties }] of Object.entries(definitions()))
    if (properties !== undefined)
      expect(decoderOf(name)({}, newTally()), name).toBeTypeOf('object');
});

describe('our own tables name fields that exist', () => {
  test('patch strategies and list types are of lists, but for those of structs', () => {
    for (const [path, facts] of Object.entries(FACTS)) {
      const field = fieldAt(path);
      expect(field, path).toBeDefined();
      if (facts.listType !== undefined) expect(field?.type, path).toBe('array');
      for (const key of facts.listMapKeys ?? [])
        expect(fieldAt(`${field?.items?.$ref}.${key}`), `${path} by ${key}`).toBeDefined();
    }
  });

  test.each([
    ['structs', [...STRUCTS]],
    ['pointers', [...REQUIRED_POINTERS]],
    ['Go types', Object.keys(GO_TYPES)],
    ['enumerated values', [...ENUMS.keys()]],
  ])('%s', (_, paths) => {
    for (const path of paths) expect(fieldAt(path), path).toBeDefined();
  });
});
