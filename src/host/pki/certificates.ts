import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyPair, LeafRequest } from './certificate-authority.ts';

/** A certificate that ends within this time is made anew at start. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;
const AUTHORITY_NAME = 'proa-ca';

/** All certificates of a cluster. */
export interface Certificates {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly server: KeyPair;
  /** kubectl's, with every right. */
  readonly admin: KeyPair;
}

/** The DNS names and IP addresses at which the API is reached. */
export interface CertificateNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** Certificates that are in no folder yet, with the authority's key. */
export interface NewCertificates {
  readonly authority: KeyPair;
  readonly server: KeyPair;
  readonly admin: KeyPair;
}

/** Makes an authority and what it signs for a new cluster. Writes nothing. */
export async function makeCertificates(names: CertificateNames): Promise<NewCertificates> {
  const { createAuthority, issue } = await makers();
  const authority = await createAuthority(AUTHORITY_NAME);
  const requests = leafRequests(names);
  const [server, admin] = await Promise.all([
    issue(authority, requests.server),
    issue(authority, requests.admin),
  ]);
  return { authority, server, admin };
}

/**
 * Reads a cluster's certificates from `folder` and makes those that are missing, about to end, or
 * made for other names. The authority stays the same as long as its files do.
 *
 * @param offered made beforehand: a cluster without an authority takes these
 */
export async function ensureCertificates(
  folder: string,
  names: CertificateNames,
  offered: NewCertificates | null = null,
): Promise<Certificates> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await ensure(
    folder,
    'ca',
    isLasting,
    async () => offered?.authority ?? (await makers()).createAuthority(AUTHORITY_NAME),
  );
  const leaf = (file: 'server' | 'admin', request: LeafRequest) => {
    const good = (certificate: X509Certificate) =>
      isLasting(certificate) && fits(certificate, authority, request);
    return ensure(folder, file, good, async () => {
      const pair = offered?.[file];
      if (pair !== undefined && good(new X509Certificate(pair.cert))) return pair;
      return (await makers()).issue(authority, request);
    });
  };
  const requests = leafRequests(names);
  const [server, admin] = await Promise.all([
    leaf('server', requests.server),
    leaf('admin', requests.admin),
  ]);
  return { ca: authority.cert, server, admin };
}

function leafRequests(names: CertificateNames): { server: LeafRequest; admin: LeafRequest } {
  return {
    server: { commonName: 'kube-apiserver', usage: 'server', ...names },
    admin: {
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
      usage: 'client',
    },
  };
}

/** Loaded when a certificate must be made: a start with all of them on disk does not pay for it. */
function makers() {
  return import('./certificate-authority.ts');
}

async function ensure(
  folder: string,
  name: string,
  good: (certificate: X509Certificate) => boolean,
  make: () => Promise<KeyPair>,
): Promise<KeyPair> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const [cert, key] = await Promise.all([read(certFile), read(keyFile)]);
  if (cert !== null && key !== null && good(new X509Certificate(cert))) return { cert, key };
  const pair = await make();
  await replace(keyFile, pair.key, 0o600);
  await replace(certFile, pair.cert, 0o644);
  return pair;
}

function isLasting(certificate: X509Certificate): boolean {
  return Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE_MS;
}

function fits(certificate: X509Certificate, authority: KeyPair, request: LeafRequest): boolean {
  const issuer = new X509Certificate(authority.cert);
  if (!certificate.verify(issuer.publicKey)) return false;
  return (
    (request.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined) &&
    (request.ipAddresses ?? []).every((ip) => certificate.checkIP(ip) !== undefined)
  );
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written beside and moved into place: a crash leaves the old file or the new one. */
async function replace(file: string, content: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, file);
}
