import { describe, expect, it } from 'vitest';
import { makeKey } from './key-file.ts';
import { seal, sealedWith, unseal } from './seal.ts';

const key = makeKey();
const value = Buffer.from('{"data":{"password":"aHVudGVyMg=="}}');

describe('a sealed value', () => {
  it('opens with its key, at its place', () => {
    const sealed = seal(key, '/a', value);
    expect(sealedWith(sealed)).toBe(key.name);
    expect(unseal(key, '/a', sealed)).toEqual(value);
    expect(unseal(key, '/a', seal(key, '/a', Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  it('shows nothing, and never looks the same twice', () => {
    const sealed = seal(key, '/a', value);
    expect(sealed.includes('password')).toBe(false);
    expect(sealed.equals(seal(key, '/a', value))).toBe(false);
  });

  it('opens neither elsewhere nor with another key', () => {
    const sealed = seal(key, '/a', value);
    const damaged = 'the encrypted value of /b is damaged';
    expect(() => unseal(key, '/b', sealed)).toThrow(damaged);
    expect(() => unseal({ ...makeKey(), name: key.name }, '/b', sealed)).toThrow(damaged);
  });

  it('opens no more when a bit of it was changed', () => {
    const sealed = seal(key, '/a', value);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(() => unseal(key, '/a', changed), `byte ${at}`).toThrow('is damaged');
    }
  });

  it('is told from others', () => {
    expect(sealedWith(value)).toBeNull();
    expect(sealedWith(Buffer.from('proa:aesgcm:1:'))).toBeNull();
    expect(sealedWith(Buffer.from(`proa:other${'x'.repeat(100)}`))).toBeNull();
  });
});
