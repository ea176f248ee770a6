import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureTokenKey } from './token-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proa-token-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('ensureTokenKey', () => {
  it('makes a key that nobody else can read, and keeps it', async () => {
    const first = await ensureTokenKey(join(folder, 'pki'));
    expect((await stat(join(folder, 'pki/sa.key'))).mode & 0o777).toBe(0o600);
    const second = await ensureTokenKey(join(folder, 'pki'));
    expect(second.keyId).toBe(first.keyId);
    expect(second.verify('text', first.sign('text'))).toBe(true);
    expect(second.verify('other', first.sign('text'))).toBe(false);
  });

  it('signs as ES256, so that its public key is all others need', async () => {
    const { jwk, sign } = await ensureTokenKey(folder);
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const signature = sign('text');
    expect(signature.length).toBe(64);
    const options = { key, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', Buffer.from('text'), options, signature)).toBe(true);
  });

  it('refuses a file that holds no key', async () => {
    await writeFile(join(folder, 'sa.key'), 'x');
    await expect(ensureTokenKey(folder)).rejects.toThrow();
  });
});
