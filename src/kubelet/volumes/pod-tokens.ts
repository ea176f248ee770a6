import { nextInt } from '../../base/prng.ts';
import { serviceAccounts } from '../../client/resources.ts';
import type {
  Pod,
  ServiceAccountTokenProjection,
  AuthenticationV1TokenRequest as TokenRequest,
} from '../../generated/types.ts';
import type { NodeContext } from '../node-context.ts';
import { MountError } from './volume-type.ts';

/** A token is replaced after this part of its life, and at the latest after a day. */
const LIFE_PART = 0.8;
const AGE_MS_MAX = 24 * 60 * 60 * 1000;
/** Tokens of many pods are not all asked for at one time. */
const JITTER_MS_MAX = 10_000;

/** A service account's token for one pod. */
export interface PodToken {
  readonly token: string;
  /** Epoch ms. */
  readonly renewAt: number;
}

/**
 * The service account tokens of one pod, each kept until it is to be replaced. Bounded by the token
 * sources in the pod's spec.
 */
export class PodTokens {
  readonly #node: NodeContext;
  readonly #tokens = new Map<string, PodToken>();

  constructor(node: NodeContext) {
    this.#node = node;
  }

  /**
   * The token that `source` asks for, bound to the pod.
   *
   * @throws MountError when the API gives none
   */
  async get(pod: Pod, source: ServiceAccountTokenProjection): Promise<PodToken> {
    const { audience = '', expirationSeconds = 3600 } = source;
    const key = JSON.stringify([audience, expirationSeconds]);
    const known = this.#tokens.get(key);
    const { clock, prng } = this.#node;
    if (known !== undefined && clock.now() < known.renewAt) return known;
    const { token, expiresAt } = await this.#request(pod, audience, expirationSeconds);
    const lifeMs = expirationSeconds * 1000;
    const issuedAt = expiresAt - lifeMs;
    const dueAt = issuedAt + Math.min(lifeMs * LIFE_PART, AGE_MS_MAX);
    // Never in the past: a clock that is off must not make one request after another.
    const earliest = clock.now() + JITTER_MS_MAX;
    const renewAt = Math.max(dueAt - nextInt(prng, JITTER_MS_MAX), earliest);
    const fresh = { token, renewAt };
    this.#tokens.set(key, fresh);
    return fresh;
  }

  async #request(pod: Pod, audience: string, expirationSeconds: number) {
    const { name = '', namespace = '', uid = '' } = pod.metadata;
    const account = pod.spec.serviceAccountName || 'default';
    const target = { name: account, namespace, subresource: 'token' };
    try {
      const answer = await this.#node.client.ask<TokenRequest>(serviceAccounts, target, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          audiences: audience === '' ? [] : [audience],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      });
      const { token = '', expirationTimestamp = '' } = answer.status ?? {};
      return { token, expiresAt: Date.parse(expirationTimestamp) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new MountError(`failed to fetch token: ${why}`);
    }
  }
}
