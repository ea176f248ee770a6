import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issue, type KeyPair } from './certificate-authority.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let authority: KeyPair;
beforeAll(async () => {
  authority = await createAuthority('tëst-ca');
});

describe('createAuthority', () => {
  it('signs itself, may sign others and holds for ten years', () => {
    const certificate = new X509Certificate(authority.cert);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=tëst-ca');
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(authority.key))).toBe(true);
    const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS;
    expect(days).toBeGreaterThan(3649);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  });
});

describe('issue', () => {
  it('names the server by all its names', async () => {
    const dnsNames = ['localhost', 'kubernetes.default.svc'];
    const ipAddresses = ['127.0.0.1', '10.43.0.1', 'fd00::1'];
    const leaf = await issue(authority, {
      commonName: 'server',
      usage: 'server',
      dnsNames,
      ipAddresses,
    });
    const certificate = new X509Certificate(leaf.cert);
    expect(certificate.subjectAltName?.split(', ')).toEqual([
      'DNS:localhost',
      'DNS:kubernetes.default.svc',
      'IP Address:127.0.0.1',
      'IP Address:10.43.0.1',
      'IP Address:FD00:0:0:0:0:0:0:1',
    ]);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(new X509Certificate(authority.cert))).toBe(true);
  });

  it('gives each certificate a number of its own', async () => {
    const request = { commonName: 'a', usage: 'client' } as const;
    const leaves = await Promise.all([issue(authority, request), issue(authority, request)]);
    const numbers = leaves.map(({ cert }) => new X509Certificate(cert).serialNumber);
    expect(numbers[0]).toMatch(/^01[0-9A-F]{30}$/);
    expect(numbers[0]).not.toBe(numbers[1]);
  });

  it('refuses an address that is none', async () => {
    const request = { commonName: 'a', usage: 'server', ipAddresses: ['10.0.0'] } as const;
    await expect(issue(authority, request)).rejects.toThrow("Cannot certify '10.0.0'");
  });

  it('makes certificates that both ends of TLS accept', async () => {
    const ca = authority.cert;
    const server = createServer({
      ...(await issue(authority, {
        commonName: 's',
        usage: 'server',
        ipAddresses: ['127.0.0.1'],
      })),
      ca,
      requestCert: true,
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = await issue(authority, {
      commonName: 'someone',
      organizations: ['one', 'two'],
      usage: 'client',
    });
    const accepted = once(server, 'secureConnection');
    const socket = connect({ host: '127.0.0.1', port, ca, ...client });
    await once(socket, 'secureConnect');
    const [peer] = (await accepted) as [TLSSocket];
    expect(socket.authorized).toBe(true);
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerX509Certificate()?.subject).toBe('O=one\nO=two\nCN=someone');
    socket.destroy();
    peer.destroy();
    server.close();
  });
});
