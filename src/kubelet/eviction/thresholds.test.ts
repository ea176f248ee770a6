import { describe, expect, it } from 'vitest';
import { DEFAULT_EVICTION_HARD, parseThresholds, reservedBy } from './thresholds.ts';

describe('parseThresholds', () => {
  it('reads amounts and percentages', () => {
    expect(parseThresholds('memory.available<1Gi, pid.available<2.5%')).toEqual([
      { signal: 'memory.available', amount: 2 ** 30, isPart: false },
      { signal: 'pid.available', amount: 0.025, isPart: true },
    ]);
    expect(parseThresholds('')).toEqual([]);
  });

  it.each([
    ['memory.available', 'an eviction threshold is SIGNAL<AMOUNT, not memory.available'],
    ['memory.available<', 'an eviction threshold is SIGNAL<AMOUNT, not memory.available<'],
    ['memory.free<1Gi', 'memory.free is no eviction signal; there are memory.available, '],
    ['memory.available<1Gi,memory.available<2Gi', 'memory.available is named twice'],
    ['memory.available<101%', 'an eviction threshold is at most 100%, not 101%'],
    ['memory.available<much', 'an eviction threshold is an amount or a percentage, not much'],
    ['memory.available<-1', 'an eviction threshold is an amount or a percentage, not -1'],
  ])('refuses %s', (text, message) => {
    expect(() => parseThresholds(text)).toThrow(message);
  });

  it('says what is kept from pods', () => {
    const machine = { memoryBytes: 8e9, ephemeralStorageBytes: 1000 };
    const reserved = { memoryBytes: 100 * 2 ** 20, storageBytes: 100 };
    expect(reservedBy(parseThresholds(DEFAULT_EVICTION_HARD), machine)).toEqual(reserved);
    expect(reservedBy([], machine)).toEqual({ memoryBytes: 0, storageBytes: 0 });
  });
});
