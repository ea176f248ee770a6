import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates, makeCertificates } from './certificates.ts';

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

  it('takes what is offered to a folder that has none, as far as it fits', async () => {
    const offered = await makeCertificates(names);
    const ipAddresses = [...names.ipAddresses, '192.168.7.7'];
    const taken = await ensureCertificates(folder, { ...names, ipAddresses }, offered);
    expect(taken.ca).toBe(offered.authority.cert);
    expect(taken.admin).toEqual(offered.admin);
    const server = new X509Certificate(taken.server.cert);
    expect(server.checkIP('192.168.7.7')).toBe('192.168.7.7');
    expect(server.verify(new X509Certificate(taken.ca).publicKey)).toBe(true);
  });

  it('takes nothing that is offered to a folder with an authority of its own', async () => {
    const first = await ensureCertificates(folder, names);
    await rm(join(folder, 'admin.key'));
    const second = await ensureCertificates(folder, names, await makeCertificates(names));
    expect(second.ca).toBe(first.ca);
    const admin = new X509Certificate(second.admin.cert);
    expect(admin.verify(new X509Certificate(first.ca).publicKey)).toBe(true);
  });

  it('lets nobody else read keys', async () => {
    await ensureCertificates(folder, names);
    expect((await stat(join(folder, 'ca.key'))).mode & 0o077).toBe(0);
  });
});
