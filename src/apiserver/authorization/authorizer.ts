import { ApiError } from '../../objects/api-error.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { forbidden } from '../errors.ts';
import type { UserInfo } from '../handler.ts';

/** What somebody wants to do. */
export type Attributes =
  | {
      readonly type: 'resource';
      readonly user: UserInfo;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | {
      readonly type: 'path';
      readonly user: UserInfo;
      /** get, post and so on. */
      readonly verb: string;
      readonly path: string;
    };

/** `allow` ends the matter; `abstain` leaves it to the next, and nobody's word means no. */
export interface Decision {
  readonly type: 'allow' | 'abstain';
  readonly reason?: string;
}

/** Decides what users may do. May look things up, and then answers a promise. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
}

/** Allows what one of `authorizers` allows; asks them in order. */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    return this.#ask(attributes, 0, []);
  }

  #ask(attributes: Attributes, at: number, reasons: string[]): Decision | Promise<Decision> {
    for (let i = at; i < this.#authorizers.length; i++) {
      const decision = this.#authorizers[i]!.authorize(attributes);
      if (decision instanceof Promise) {
        return decision.then((later) => {
          if (later.type === 'allow') return later;
          if (later.reason !== undefined) reasons.push(later.reason);
          return this.#ask(attributes, i + 1, reasons);
        });
      }
      if (decision.type === 'allow') return decision;
      if (decision.reason !== undefined) reasons.push(decision.reason);
    }
    return reasons.length === 0
      ? { type: 'abstain' }
      : { type: 'abstain', reason: reasons.join('\n') };
  }
}

/** The 403 of somebody who may not. */
export function denied(attributes: Attributes, decision: Decision): ApiError {
  const why = decision.reason ? `: ${decision.reason}` : '';
  const user = `User ${goQuote(attributes.user.name)}`;
  if (attributes.type === 'path') {
    const message = `forbidden: ${user} cannot ${attributes.verb} path ${goQuote(attributes.path)}${why}`;
    return new ApiError('Forbidden', message, {});
  }
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  const message = `${user} cannot ${verb} resource ${goQuote(what)} in API group ${goQuote(group)} ${where}${why}`;
  return forbidden({ group, plural: resource }, name, message);
}
