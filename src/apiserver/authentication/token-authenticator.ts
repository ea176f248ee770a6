import type { Clock } from '../../base/clock.ts';
import { goQuote } from '../../objects/go-quote.ts';
import type { UserInfo } from '../handler.ts';
import type { TokenKeys } from '../token-keys.ts';
import type { BoundObjectReader, PresentObject } from './bound-objects.ts';
import { verifyJwt } from './jwt.ts';
import { holderOf, isSecretToken, type SecretTokenClaims } from './secret-tokens.ts';
import {
  accountUser,
  type ClaimedObject,
  claimsProblem,
  commonAudiences,
  type TokenClaims,
} from './token-claims.ts';

/** Signatures found good are remembered, of so many tokens; what they are of is asked each time. */
const VERIFIED_MAX = 1_000;
/** A token outlives what it is bound to by so much, as upstream's. */
const DELETED_LEEWAY_MS = 60_000;

const EXTRA = 'authentication.kubernetes.io/';

/** Whom a token stands for, and which of the wanted audiences it is for; or why it is no good. */
export type TokenOutcome =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly error: string };

export interface AuthenticatorParts {
  readonly keys: TokenKeys;
  readonly issuer: string;
  readonly clock: Clock;
  readonly read: BoundObjectReader;
}

/**
 * Tells whose a service account token is: its signature, times and audience must be good, and the
 * account and what it is bound to must still be there with the same uid. One that lies in a Secret
 * has no end, and is good for as long as it lies there.
 */
export class TokenAuthenticator {
  readonly #parts: AuthenticatorParts;
  /** In the order of their last use. */
  readonly #verified = new Map<string, TokenClaims | SecretTokenClaims>();

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
  }

  /** @param wanted the audiences of which the token must be for one */
  async authenticate(token: string, wanted: readonly string[]): Promise<TokenOutcome> {
    const claims = this.#claims(token);
    if (claims === null) return { error: 'invalid bearer token' };
    const { issuer, clock, read } = this.#parts;
    const isInSecret = isSecretToken(claims);
    const problem = isInSecret ? null : claimsProblem(claims, issuer, clock.now());
    if (problem !== null) return invalid(problem);
    // A token that names no audience is for the API alone.
    const aud = isInSecret ? [issuer] : claims.aud;
    const audiences = commonAudiences(aud, wanted);
    if (audiences.length === 0) {
      const targets = `the target audiences ${quoteAll(wanted)}`;
      return invalid(`token audiences ${quoteAll(aud)} is invalid for ${targets}`);
    }
    if (isInSecret) {
      const holder = await holderOf(token, claims, read);
      if (typeof holder === 'string') return invalid(holder);
      return { user: identity(holder.namespace, holder.account), audiences };
    }
    const lost = await this.#lost(claims);
    return lost === null ? { user: userOf(claims), audiences } : invalid(lost);
  }

  #claims(token: string): TokenClaims | SecretTokenClaims | null {
    let claims = this.#verified.get(token);
    this.#verified.delete(token);
    claims ??= (verifyJwt(token, this.#parts.keys) as TokenClaims | null) ?? undefined;
    if (claims === undefined) return null;
    this.#verified.set(token, claims);
    if (this.#verified.size > VERIFIED_MAX) {
      this.#verified.delete(this.#verified.keys().next().value!);
    }
    return claims;
  }

  /** What a token needs and is no longer there; null when all of it is. */
  async #lost({ 'kubernetes.io': bound }: TokenClaims): Promise<string | null> {
    const { namespace, serviceaccount, pod, secret, node } = bound;
    const account = await this.#isThere('serviceaccounts', namespace, serviceaccount);
    if (!account) return 'service account token has been invalidated';
    if (pod && !(await this.#isThere('pods', namespace, pod))) {
      return 'service account token has been invalidated: its pod is gone';
    }
    if (secret && !(await this.#isThere('secrets', namespace, secret))) {
      return 'service account token has been invalidated: its secret is gone';
    }
    // A pod's token goes with the pod; its node is told for information.
    if (node && !pod && !(await this.#isThere('nodes', '', node))) {
      return 'service account token has been invalidated: its node is gone';
    }
    return null;
  }

  async #isThere(
    resource: PresentObject,
    namespace: string,
    claimed: ClaimedObject,
  ): Promise<boolean> {
    const found = await this.#parts.read(resource, namespace, claimed.name);
    if (found === null || found.metadata.uid !== claimed.uid) return false;
    const { deletionTimestamp } = found.metadata;
    if (deletionTimestamp === undefined) return true;
    return this.#parts.clock.now() < Date.parse(deletionTimestamp) + DELETED_LEEWAY_MS;
  }
}

function userOf({ jti, 'kubernetes.io': bound }: TokenClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = bound;
  const extra: Record<string, readonly string[]> = {};
  const add = (key: string, value: string | undefined) => {
    if (value !== undefined) extra[EXTRA + key] = [value];
  };
  add('credential-id', `JTI=${jti}`);
  add('node-name', node?.name);
  add('node-uid', node?.uid);
  add('pod-name', pod?.name);
  add('pod-uid', pod?.uid);
  return { ...identity(namespace, serviceaccount), extra };
}

function identity(namespace: string, { name, uid }: ClaimedObject): UserInfo {
  return {
    name: accountUser(namespace, name),
    uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  };
}

function invalid(why: string): TokenOutcome {
  return { error: `invalid bearer token, ${why}` };
}

function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(goQuote).join(' ')}]`;
}
