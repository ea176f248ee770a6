import type { TLSSocket } from 'node:tls';
import type { UserInfo } from '../../apiserver/handler.ts';

/** Upstream's names for who comes without credentials. */
const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const known = new WeakMap<TLSSocket, UserInfo | null>();

/**
 * Authenticates by client certificate: the common name is the user, each organization a group, as
 * upstream's x509 authenticator reads them. Bearer tokens and passwords are refused, since no
 * token is issued. The answer is kept with the connection.
 */
export function identify(socket: TLSSocket, authorization: string | undefined): UserInfo | null {
  if (authorization !== undefined) return null;
  let user = known.get(socket);
  if (user === undefined) {
    user = fromCertificate(socket);
    known.set(socket, user);
  }
  return user;
}

function fromCertificate(socket: TLSSocket): UserInfo | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return ANONYMOUS;
  if (!socket.authorized) return null;
  return parseSubject(certificate.subject);
}

/** @param subject one `KEY=value` a line, as node:crypto gives it; null without common name */
export function parseSubject(subject: string): UserInfo | null {
  const groups: string[] = [];
  let name = '';
  for (const line of subject.split('\n')) {
    const separator = line.indexOf('=');
    const value = line.slice(separator + 1);
    if (line.startsWith('CN=')) name = value;
    else if (line.startsWith('O=')) groups.push(value);
  }
  return name === '' ? null : { name, groups: [...groups, 'system:authenticated'] };
}
