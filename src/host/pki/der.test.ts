import { describe, expect, it } from 'vitest';
import {
  bitString,
  boolean,
  objectIdentifier,
  octetString,
  positiveInteger,
  sequence,
  time,
  utf8String,
  valuesIn,
} from './der.ts';

describe('DER', () => {
  // From X.690 and RFC 5280, or as openssl asn1parse -genstr writes them.
  it.each([
    ['a boolean', boolean(true), '0101ff'],
    ['a small number', positiveInteger(Buffer.from([2])), '020102'],
    ['a number whose first bit is set', positiveInteger(Buffer.from([0x80])), '02020080'],
    ['a number with leading zeros', positiveInteger(Buffer.from([0, 0, 0x7f])), '02017f'],
    ['zero', positiveInteger(Buffer.from([0])), '020100'],
    ['bits', bitString(Buffer.from([0x84]), 2), '03020284'],
    ['text', utf8String('é'), '0c02c3a9'],
    ['an identifier', objectIdentifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['nothing', sequence(), '3000'],
    ['a year before 2050', time(new Date('2049-12-31T23:59:59.9Z')), ascii(0x17, '491231235959Z')],
    ['a year from 2050', time(new Date('2050-01-01T00:00:00Z')), ascii(0x18, '20500101000000Z')],
  ])('writes %s', (_name, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });

  it.each([
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [70_000, '0483011170'],
  ])('writes and reads the length %d', (length, head) => {
    const value = octetString(Buffer.alloc(length));
    expect(value.subarray(0, value.length - length).toString('hex')).toBe(head);
    const inner = [value, boolean(false), value];
    const hex = (bytes: Buffer) => bytes.toString('hex');
    expect(valuesIn(sequence(...inner)).map(hex)).toEqual(inner.map(hex));
  });

  it.each([
    ['cut off', '3005010100'],
    ['with a length cut off', '3082'],
    ['with a value that is too long', '30030105ff'],
    ['with a length of too many bytes', '308500000000010101ff'],
    ['empty', ''],
  ])('refuses to read what is %s', (_name, hex) => {
    expect(() => valuesIn(Buffer.from(hex, 'hex'))).toThrow('Cannot read DER');
  });
});

function ascii(tag: number, text: string): string {
  return Buffer.from([tag, text.length, ...Buffer.from(text)]).toString('hex');
}
