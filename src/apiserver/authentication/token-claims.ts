/** A named object as a token knows it. */
export interface ClaimedObject {
  readonly name: string;
  readonly uid?: string;
}

/** What a token is bound to besides its account. */
export interface BoundObjects {
  readonly pod?: ClaimedObject;
  readonly secret?: ClaimedObject;
  readonly node?: ClaimedObject;
}

/** The claims of a service account token, as upstream writes them. Times are epoch seconds. */
export interface TokenClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly 'kubernetes.io': BoundObjects & {
    readonly namespace: string;
    readonly serviceaccount: ClaimedObject;
  };
  readonly nbf: number;
  readonly sub: string;
}

/** Clocks may differ by so much: upstream's leeway. */
const LEEWAY_SECONDS = 60;

/** The user name of a service account. */
export function accountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/**
 * Why claims do not hold at `now` (epoch ms), in upstream's words; null when they do. Whether what
 * they name is still there is another question.
 */
export function claimsProblem(claims: TokenClaims, issuer: string, now: number): string | null {
  if (claims.iss !== issuer) return 'token is of another issuer';
  const seconds = now / 1000;
  if (seconds > claims.exp + LEEWAY_SECONDS) return 'service account token has expired';
  if (seconds < claims.nbf - LEEWAY_SECONDS) return 'service account token is not valid yet';
  const { namespace, serviceaccount } = claims['kubernetes.io'] ?? {};
  if (!namespace || !serviceaccount?.name) return 'service account token claims are incomplete';
  if (claims.sub !== accountUser(namespace, serviceaccount.name)) {
    return 'service account token claims contradict each other';
  }
  return null;
}

/** Of `wanted` audiences those that a token for `aud` is for. */
export function commonAudiences(
  aud: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  return wanted.filter((audience) => aud.includes(audience));
}
