import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepFreeze } from '../meta.ts';
import { DecodeError, decode } from './decode.ts';
import { definitions, type Schema } from './definitions.ts';
import { countKeys, findDuplicates } from './json-text.ts';

const POD = 'io.k8s.api.core.v1.Pod';

/** Values that mostly fit a schema, with odd ones strewn in. */
function nearly(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const odd = { arbitrary: fc.jsonValue({ maxDepth: 1 }), weight: 1 };
  const fit = { arbitrary: fitting(schema, depth), weight: 12 };
  return fc.oneof(fit, odd);
}

function fitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth <= 0) return fc.constant(null);
  const { $ref, items, additionalProperties, properties, type } = schema;
  if ($ref !== undefined) return fitting(definitions()[$ref]!, depth);
  if (items !== undefined) return fc.array(nearly(items, depth - 1), { maxLength: 2 });
  if (additionalProperties !== undefined)
    return fc.dictionary(fc.string({ maxLength: 3 }), nearly(additionalProperties, depth - 1), {
      maxKeys: 2,
    });
  if (properties !== undefined)
    return fc
      .subarray(Object.keys(properties), { maxLength: Math.min(4, Object.keys(properties).length) })
      .chain((fields) =>
        fc.record(
          Object.fromEntries(fields.map((field) => [field, nearly(properties[field]!, depth - 1)])),
        ),
      );
  if (type === 'integer') return fc.integer();
  if (type === 'boolean') return fc.boolean();
  return fc.string({ maxLength: 3 });
}

const names = Object.keys(definitions()).filter((name) => name.startsWith('io.k8s.api'));

test('decode: any JSON decodes, or fails with a message that names the cause', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(...names)
        .chain((name) => fc.tuple(fc.constant(name), nearly({ $ref: name }, 7))),
      ([name, value]) => {
        try {
          const { object } = decode(name, value, 'Warn');
          // What came out is clean: decoding it again changes nothing and finds no fault.
          expect(decode(name, object, 'Warn')).toEqual({ object, strictErrors: [] });
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          expect(error.message).not.toBe('unexpected value');
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('decode: a value that is handed over decodes as a copy does, and what others have is left', () => {
  const outcome = (run: () => unknown): string => {
    try {
      // As text, for the order of fields counts too.
      return JSON.stringify(run());
    } catch (error) {
      return `${error}`;
    }
  };
  fc.assert(
    fc.property(
      fc
        .constantFrom(...names)
        .chain((name) => fc.tuple(fc.constant(name), nearly({ $ref: name }, 7))),
      ([name, value]) => {
        const text = JSON.stringify(value);
        const shared = deepFreeze(JSON.parse(text));
        const copied = outcome(() => decode(name, shared, 'Warn'));
        expect(outcome(() => decode(name, JSON.parse(text), 'Warn', text))).toBe(copied);
      },
    ),
    { numRuns: 1000 },
  );
});

test('countKeys, findDuplicates: agree with the parsed value, whatever its strings hold', () => {
  const keysOf = (value: unknown): number =>
    typeof value !== 'object' || value === null
      ? 0
      : Object.values(value).reduce<number>(
          (sum, item) => sum + keysOf(item),
          Array.isArray(value) ? 0 : Object.keys(value).length,
        );
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (text, isSpaced) => {
      const value: unknown = JSON.parse(text);
      const json = JSON.stringify(value, null, isSpaced ? 2 : undefined);
      expect(countKeys(json)).toBe(keysOf(value));
      expect(findDuplicates(json)).toEqual([]);
    }),
  );
});

test('decode: a deep value within the bound does not overflow the stack', () => {
  const text = `{"metadata":{"managedFields":[{"fieldsV1":${'{"a":'.repeat(900)}{}${'}'.repeat(900)}}]}}`;
  expect(() => decode(POD, JSON.parse(text), 'Warn', text)).not.toThrow();
});
