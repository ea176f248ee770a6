import { describe, expect, test } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  QuantityError,
  subtractQuantities,
  wholeValue,
} from './quantity.ts';

describe('canonicalQuantity', () => {
  test.each([
    ['0', '0'],
    ['0m', '0'],
    ['-0', '0'],
    ['00001', '1'],
    ['1000m', '1'],
    ['0.1', '100m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['1.5', '1500m'],
    ['-1.5', '-1500m'],
    ['+2', '2'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1.1Ki', '1126400m'],
    ['1023', '1023'],
    ['1024', '1024'],
    ['2048Ki', '2Mi'],
    ['1000', '1k'],
    ['1000000Ki', '1000000Ki'],
    ['100000k', '100M'],
    ['1e3', '1e3'],
    ['1e4', '10e3'],
    ['1E', '1E'],
    ['1E3', '1e3'],
    ['12e-1', '1200e-3'],
    ['0.1n', '1n'],
    ['0.0000000001', '1n'],
    ['-0.0000000001', '-1n'],
    ['1u', '1u'],
    ['100E', '9223372036854775807'],
    ['1e1000000', '9223372036854775807'],
    ['1e-1000000', '1e-9'],
    ['8Ei', '9223372036854775807'],
    [`1.${'0'.repeat(5000)}1`, '1000000001n'],
  ])('%s -> %s', (text, expected) => expect(canonicalQuantity(text)).toBe(expected));

  test.each([
    ['', 'quantities must match'],
    ['abc', 'quantities must match'],
    ['1 Gi', 'quantities must match'],
    ['1Z', 'quantities must match'],
    ['--1', 'quantities must match'],
    ['1.1.1', 'quantities must match'],
    ['1mi', "unable to parse quantity's suffix"],
    ['1K', "unable to parse quantity's suffix"],
    ['1e', "unable to parse quantity's suffix"],
    ['1ki', "unable to parse quantity's suffix"],
    ['.', 'unable to parse numeric part of quantity'],
  ])('refuses %j', (text, message) => {
    expect(() => canonicalQuantity(text)).toThrow(QuantityError);
    expect(() => canonicalQuantity(text)).toThrow(message);
  });
});

test('arithmetic: exact across formats, format of the first', () => {
  const sum = addQuantities(parseQuantity('1Gi'), parseQuantity('1'));
  expect(formatQuantity(sum)).toBe('1073741825');
  expect(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('1Ki')))).toBe('1Ki');
  expect(formatQuantity(subtractQuantities(parseQuantity('1'), parseQuantity('100m')))).toBe(
    '900m',
  );
  expect(compareQuantities(parseQuantity('1024Mi'), parseQuantity('1Gi'))).toBe(0);
  expect(compareQuantities(parseQuantity('1G'), parseQuantity('1Gi'))).toBeLessThan(0);
});

test('wholeValue, milliValue: round away from zero', () => {
  expect(wholeValue(parseQuantity('1.5Gi'))).toBe(1610612736);
  expect(wholeValue(parseQuantity('100m'))).toBe(1);
  expect(wholeValue(parseQuantity('-100m'))).toBe(-1);
  expect(milliValue(parseQuantity('0.1'))).toBe(100);
  expect(milliValue(parseQuantity('1u'))).toBe(1);
  expect(milliValue(parseQuantity('2'))).toBe(2000);
});
