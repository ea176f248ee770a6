import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from './certificates.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proa-pki-'));
});
afterEach(() => rm(folder, { recursive: true }));

const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '10.43.0.1'] };

describe('ensureCertificates', () => {
  it('makes a server certificate for every name, signed by the authority', async () => {
    const { ca, server } = await ensureCertificates(folder, names);
    const certificate = new X509Certificate(server.cert);
    expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(certificate.checkIP('10.43.0.1')).toBe('10.43.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
  });

  it('gives the admin the group with every right', async () => {
    const { admin } = await ensureCertificates(folder, names);
    expect(new X509Certificate(admin.cert).subject.split('\n')).toEqual([
      'O=system:masters',
      'CN=kubernetes-admin',
    ]);
  });

  it('keeps what is good', async () => {
    const first = await ensureCertificates(folder, names);
    expect(await ensureCertificates(folder, names)).toEqual(first);
  });

  it('makes only the server certificate anew for another address', async () => {
    const first = await ensureCertificates(folder, names);
    const ipAddresses = [...names.ipAddresses, '192.168.7.7'];
    const second = await ensureCertificates(folder, { ...names, ipAddresses });
    expect(second.ca).toBe(first.ca);
    expect(second.admin).toEqual(first.admin);
    expect(new X509Certificate(second.server.cert).checkIP('192.168.7.7')).toBe('192.168.7.7');
  });

  it('lets nobody else read keys', async () => {
    await ensureCertificates(folder, names);
    expect((await stat(join(folder, 'ca.key'))).mode & 0o077).toBe(0);
  });
});
