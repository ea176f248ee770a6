import type { Secret, ServiceAccount } from '../../generated/types.ts';
import type { TokenKeys } from '../token-keys.ts';
import type { BoundObjectReader } from './bound-objects.ts';
import { signJwt } from './jwt.ts';
import { accountUser, type ClaimedObject } from './token-claims.ts';

/** Whoever these tokens come from, they say so: upstream's LegacyIssuer. */
const ISSUER = 'kubernetes/serviceaccount';

/** The claims of a token that lies in a Secret, as upstream writes them. It has no end. */
export interface SecretTokenClaims {
  readonly iss: typeof ISSUER;
  readonly 'kubernetes.io/serviceaccount/namespace': string;
  readonly 'kubernetes.io/serviceaccount/secret.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.uid': string;
  readonly sub: string;
}

/** Whose such a token is. */
interface Holder {
  readonly namespace: string;
  readonly account: ClaimedObject;
}

/** A token of `account` that is good for as long as it stands in the Secret of that name. */
export function signSecretToken(
  keys: TokenKeys,
  { metadata: { namespace = '', name = '', uid = '' } }: ServiceAccount,
  secretName: string,
): string {
  const claims: SecretTokenClaims = {
    iss: ISSUER,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secretName,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': uid,
    sub: accountUser(namespace, name),
  };
  return signJwt(claims, keys);
}

/** Whether a token's claims are those of one in a Secret. */
export function isSecretToken(claims: { readonly iss?: string }): claims is SecretTokenClaims {
  return claims.iss === ISSUER;
}

/**
 * Whose token this is, whose signature was found good; or upstream's words for why it no longer
 * counts: the Secret must be there and hold this very token, and the account be the same.
 */
export async function holderOf(
  token: string,
  claims: SecretTokenClaims,
  read: BoundObjectReader,
): Promise<Holder | string> {
  const namespace = claims['kubernetes.io/serviceaccount/namespace'];
  const secretName = claims['kubernetes.io/serviceaccount/secret.name'];
  const name = claims['kubernetes.io/serviceaccount/service-account.name'];
  const uid = claims['kubernetes.io/serviceaccount/service-account.uid'];
  const secret = (await read('secrets', namespace, secretName)) as Secret | null;
  if (secret === null || secret.metadata.deletionTimestamp) return 'Token has been invalidated';
  const kept = Buffer.from(secret.data?.token ?? '', 'base64').toString();
  if (kept !== token) return "Token does not match server's copy";
  const account = await read('serviceaccounts', namespace, name);
  if (account === null) return `serviceaccounts "${name}" not found`;
  if (account.metadata.deletionTimestamp) {
    return `service account ${namespace}/${name} has been deleted`;
  }
  if (account.metadata.uid === uid) return { namespace, account: { name, uid } };
  return `service account UID (${account.metadata.uid}) does not match claim (${uid})`;
}
