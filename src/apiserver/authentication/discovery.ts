import type { ApiResponse } from '../handler.ts';
import { valueResponse } from '../respond.ts';
import type { TokenSettings } from './authentication.ts';

/** Where OpenID Connect looks for an issuer. */
export const DISCOVERY_PATH = '/.well-known/openid-configuration';
/** Where its public keys are. */
export const JWKS_PATH = '/openid/v1/jwks';

/** What others need to check tokens by themselves; null for paths that are about something else. */
export function answerIssuer(settings: TokenSettings, path: string): ApiResponse | null {
  const { issuer, jwksUri, keys } = settings;
  if (path === JWKS_PATH) {
    const response = valueResponse({ keys: [keys.jwk] });
    return { ...response, headers: { 'content-type': 'application/jwk-set+json' } };
  }
  if (path !== DISCOVERY_PATH) return null;
  return valueResponse({
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [keys.algorithm],
  });
}
