import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../objects/meta.ts';
import { Stored, storedCodec } from './stored.ts';

const makeObject = (): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'é\u{1f600}' },
  data: { key: 'value' },
});

const text = (stored: Stored) => Buffer.from(stored.json).toString();

describe('storedCodec', () => {
  test('commit: carries its revision in object and bytes, and is frozen', () => {
    const stored = storedCodec.commit(new Stored(makeObject(), null), 42);
    expect(stored.object.metadata.resourceVersion).toBe('42');
    expect(JSON.parse(text(stored))).toEqual(stored.object);
    expect(Object.isFrozen(stored.object)).toBe(true);
    expect(Object.isFrozen(stored.object.data)).toBe(true);
  });

  test('object and json: made once', () => {
    const stored = storedCodec.commit(new Stored(makeObject(), null), 1);
    expect(stored.json).toBe(stored.json);
    const decoded = storedCodec.decode(storedCodec.encode(stored, ''), 1, '');
    expect(decoded.json).toBe(stored.json);
    expect(decoded.object).toBe(decoded.object);
  });

  test('decode: the same object, frozen, also from within a larger buffer', () => {
    const stored = storedCodec.commit(new Stored(makeObject(), null), 7);
    const larger = Buffer.concat([Buffer.from('head'), stored.json, Buffer.from('tail')]);
    const decoded = storedCodec.decode(larger.subarray(4, -4), 7, '');
    expect(decoded.object).toEqual(stored.object);
    expect(Object.isFrozen(decoded.object.metadata)).toBe(true);
  });

  test('json: keeps no larger buffer alive', () => {
    const stored = storedCodec.commit(new Stored(makeObject(), null), 7);
    expect(stored.json.buffer.byteLength).toBe(stored.json.byteLength);
  });
});
