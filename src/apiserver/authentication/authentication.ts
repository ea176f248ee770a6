import type { Clock } from '../../base/clock.ts';
import type { Prng } from '../../base/prng.ts';
import type {
  SelfSubjectReview,
  AuthenticationV1TokenRequest as TokenRequest,
  TokenReview,
  UserInfo as TypedUser,
} from '../../generated/types.ts';
import type { KubeObject } from '../../objects/meta.ts';
import type { Store } from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import { badRequest } from '../errors.ts';
import type { UserInfo } from '../handler.ts';
import type { KindTable } from '../kind-table.ts';
import type { Answer, Call } from '../server-parts.ts';
import type { TokenKeys } from '../token-keys.ts';
import { type BoundObjectReader, readFromStore } from './bound-objects.ts';
import { checkNodeToken } from './node-tokens.ts';
import { TokenAuthenticator } from './token-authenticator.ts';
import { TokenIssuer } from './token-issuer.ts';

/** How a server knows its tokens. */
export interface TokenSettings {
  readonly keys: TokenKeys;
  /** The URL that tokens name as their issuer; also the audience of tokens for the API itself. */
  readonly issuer: string;
  /** Where others find the public keys. */
  readonly jwksUri: string;
}

interface Parts {
  readonly store: Store<Stored>;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly prng: Prng;
}

const SCHEMA = 'io.k8s.api.authentication.v1.';

/** Who is who: service account tokens, and the questions about them. */
export class Authentication {
  readonly #settings: TokenSettings;
  readonly #read: BoundObjectReader;
  readonly #issuer: TokenIssuer;
  readonly #authenticator: TokenAuthenticator;

  constructor(settings: TokenSettings, { store, kinds, clock, prng }: Parts) {
    const { keys, issuer } = settings;
    this.#settings = settings;
    this.#read = readFromStore(store, kinds);
    this.#issuer = new TokenIssuer({ keys, issuer, clock, prng, read: this.#read });
    this.#authenticator = new TokenAuthenticator({ keys, issuer, clock, read: this.#read });
  }

  /** Whose token this is; null when it is nobody's, or not for the API. */
  async authenticate(token: string): Promise<UserInfo | null> {
    const outcome = await this.#authenticator.authenticate(token, [this.#settings.issuer]);
    return 'user' in outcome ? outcome.user : null;
  }

  /** The answers to the questions of this group, by their schema. */
  answers(): ReadonlyMap<string, Answer> {
    const of =
      <T>(answer: (call: Call, question: T) => Promise<object>): Answer =>
      (call, question: KubeObject) =>
        answer(call, question as unknown as T);
    return new Map<string, Answer>([
      [`${SCHEMA}TokenRequest`, of<TokenRequest>((call, body) => this.#request(call, body))],
      [`${SCHEMA}TokenReview`, of<TokenReview>((_, body) => this.#review(body))],
      [`${SCHEMA}SelfSubjectReview`, of<SelfSubjectReview>(whoAmI)],
    ]);
  }

  async #request({ target, request }: Call, body: TokenRequest): Promise<TokenRequest> {
    const { namespace, name } = target;
    const { spec } = body;
    await checkNodeToken(request.user, namespace, name, spec, this.#read);
    const { issuer } = this.#settings;
    const audiences = spec.audiences?.length ? spec.audiences : [issuer];
    const { expirationSeconds = 0, boundObjectRef } = spec;
    const wish = { namespace, name, audiences, expirationSeconds, boundObjectRef };
    const status = await this.#issuer.issue(wish);
    return { ...body, spec: { ...spec, audiences }, status };
  }

  async #review(body: TokenReview): Promise<TokenReview> {
    const { token = '', audiences = [] } = body.spec ?? {};
    if (token === '') throw badRequest('token is required for TokenReview in authentication');
    const wanted = audiences.length === 0 ? [this.#settings.issuer] : audiences;
    const outcome = await this.#authenticator.authenticate(token, wanted);
    if ('error' in outcome) return { ...body, status: { error: outcome.error, user: {} } };
    const status = {
      authenticated: true,
      user: typedUser(outcome.user),
      audiences: [...outcome.audiences],
    };
    return { ...body, status };
  }
}

/** The answer to a SelfSubjectReview: whom the server takes the caller for. */
export async function whoAmI(
  { request }: Call,
  body: SelfSubjectReview,
): Promise<SelfSubjectReview> {
  return { ...body, status: { userInfo: typedUser(request.user) } };
}

function typedUser({ name, uid, groups, extra }: UserInfo): TypedUser {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra: extra as Record<string, string[]> }),
  };
}
