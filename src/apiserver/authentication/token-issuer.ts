import { type Clock, formatTime } from '../../base/clock.ts';
import { type Prng, uuid } from '../../base/prng.ts';
import type { BoundObjectReference, Pod } from '../../generated/types.ts';
import { ApiError } from '../../objects/api-error.ts';
import { goQuote } from '../../objects/go-quote.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { badRequest, notFound } from '../errors.ts';
import type { TokenKeys } from '../token-keys.ts';
import type { BoundObjectReader, PresentObject } from './bound-objects.ts';
import { signJwt } from './jwt.ts';
import { accountUser, type BoundObjects, type TokenClaims } from './token-claims.ts';

export interface IssuerParts {
  readonly keys: TokenKeys;
  readonly issuer: string;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly read: BoundObjectReader;
}

/** What a token shall be. */
export interface TokenWish {
  readonly namespace: string;
  /** The service account. */
  readonly name: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundObjectRef?: BoundObjectReference | undefined;
}

/** A token, and its end as the API writes times. */
export interface IssuedToken {
  readonly token: string;
  readonly expirationTimestamp: string;
}

/** Gives out tokens of service accounts. */
export class TokenIssuer {
  readonly #parts: IssuerParts;

  constructor(parts: IssuerParts) {
    this.#parts = parts;
  }

  /** @throws ApiError NotFound, Conflict or BadRequest about the account or the bound object */
  async issue(wish: TokenWish): Promise<IssuedToken> {
    const { keys, issuer, clock, prng, read } = this.#parts;
    const { namespace, name, audiences, expirationSeconds } = wish;
    const account = await read('serviceaccounts', namespace, name);
    if (account === null) throw notFound({ group: '', plural: 'serviceaccounts' }, name);
    const bound = await this.#bound(wish);
    const now = Math.floor(clock.now() / 1000);
    const claims: TokenClaims = {
      aud: audiences.length === 0 ? [issuer] : audiences,
      exp: now + expirationSeconds,
      iat: now,
      iss: issuer,
      jti: uuid(prng),
      'kubernetes.io': { namespace, ...bound, serviceaccount: claimed(account) },
      nbf: now,
      sub: accountUser(namespace, name),
    };
    const expirationTimestamp = formatTime(claims.exp * 1000);
    return { token: signJwt(claims, keys), expirationTimestamp };
  }

  async #bound({ namespace, name, boundObjectRef: ref }: TokenWish): Promise<BoundObjects> {
    if (ref === undefined) return {};
    const type = `${ref.apiVersion}/${ref.kind}`;
    if (type === 'v1/Pod') {
      const pod = await this.#referred('pods', namespace, ref);
      const { serviceAccountName, nodeName } = (pod as unknown as Pod).spec;
      if (serviceAccountName !== name) {
        throw badRequest(
          `cannot bind token for serviceaccount ${goQuote(name)} to pod running with different serviceaccount name.`,
        );
      }
      const node = nodeName ? await this.#parts.read('nodes', '', nodeName) : null;
      const place = nodeName ? { node: node ? claimed(node) : { name: nodeName } } : {};
      return { ...place, pod: claimed(pod) };
    }
    if (type === 'v1/Secret') {
      return { secret: claimed(await this.#referred('secrets', namespace, ref)) };
    }
    if (type === 'v1/Node') return { node: claimed(await this.#referred('nodes', '', ref)) };
    const [group, version] = groupVersion(ref.apiVersion ?? '');
    throw badRequest(
      `cannot bind token to object of type ${group}/${version}, Kind=${ref.kind ?? ''}`,
    );
  }

  async #referred(
    plural: PresentObject,
    namespace: string,
    { name = '', uid, kind = '' }: BoundObjectReference,
  ): Promise<KubeObject> {
    const found = await this.#parts.read(plural, namespace, name);
    if (found === null) throw notFound({ group: '', plural }, name);
    if (uid && uid !== found.metadata.uid) {
      const why =
        `the UID in the bound object reference (${uid}) does not match the UID in record. ` +
        'The object might have been deleted and then recreated';
      const message = `Operation cannot be fulfilled on ${kind} ${goQuote(name)}: ${why}`;
      throw new ApiError('Conflict', message, { name, kind });
    }
    return found;
  }
}

function claimed({ metadata: { name = '', uid = '' } }: KubeObject) {
  return { name, uid };
}

function groupVersion(apiVersion: string): [string, string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
