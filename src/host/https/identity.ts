import type { TLSSocket } from 'node:tls';
import type { UserInfo } from '../../apiserver/handler.ts';

/** Upstream's names for who comes without credentials. */
const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const known = new WeakMap<TLSSocket, UserInfo | null>();

/** Whose bearer token this is; null when it is nobody's. */
export type TokenCheck = (token: string) => Promise<UserInfo | null>;

/**
 * Authenticates by client certificate: the common name is the user, each organization a group, as
 * upstream's x509 authenticator reads them. Who has none may show a bearer token. Who shows neither
 * is anonymous; null is for credentials that are no good. What a certificate says is kept with the
 * connection.
 */
export function identify(
  socket: TLSSocket,
  authorization: string | undefined,
  checkToken: TokenCheck,
): UserInfo | null | Promise<UserInfo | null> {
  let user = known.get(socket);
  if (user === undefined) {
    user = fromCertificate(socket);
    known.set(socket, user);
  }
  if (authorization === undefined || (user !== null && user !== ANONYMOUS)) return user;
  const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  return token === undefined ? user : checkToken(token);
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
