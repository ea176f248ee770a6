import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalQuantity, compareQuantities, formatQuantity, parseQuantity } from './quantity.ts';

const suffixes = [
  '',
  'n',
  'u',
  'm',
  'k',
  'M',
  'G',
  'T',
  'P',
  'E',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
  'Pi',
  'Ei',
  'e3',
  'E-2',
];
const amounts = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.integer({ min: 0, max: 1e9 }),
    fc.option(fc.integer({ min: 0, max: 1e6 })),
    fc.constantFrom(...suffixes),
  )
  .map(
    ([sign, whole, part, suffix]) => `${sign}${whole}${part === null ? '' : `.${part}`}${suffix}`,
  );

test('quantity: the canonical form has the same value and is stable', () => {
  fc.assert(
    fc.property(amounts, (text) => {
      const canonical = canonicalQuantity(text);
      expect(canonicalQuantity(canonical)).toBe(canonical);
      expect(compareQuantities(parseQuantity(canonical), parseQuantity(text))).toBe(0);
      expect(formatQuantity(parseQuantity(text))).toBe(canonical);
    }),
    { numRuns: 2000 },
  );
});
