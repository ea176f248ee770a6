import { ApiError, type Status } from '../objects/api-error.ts';
import { badRequest } from './errors.ts';

/** Where a list goes on: upstream's token, so that its clients may look into it. */
export interface Continuation {
  /** The revision of the whole list; -1 goes on with the newest, inconsistently. */
  readonly revision: number;
  /** The next key begins here, relative to the list's prefix. */
  readonly start: string;
}

export function encodeContinue({ revision, start }: Continuation): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** @throws ApiError BadRequest */
export function decodeContinue(text: string): Continuation {
  let token: { v?: unknown; rv?: unknown; start?: unknown } | null;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (error) {
    throw badRequest(`continue key is not valid: ${(error as Error).message}`);
  }
  if (token?.v !== 'meta.k8s.io/v1') {
    throw badRequest(
      `continue key is not valid: server does not recognize this encoded version ${JSON.stringify(token?.v ?? '')}`,
    );
  }
  const { rv, start } = token;
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw badRequest(
      'continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    );
  }
  if (typeof start !== 'string' || start === '') {
    throw badRequest('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  }
  return { revision: rv, start };
}

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start ' +
  'a new list without the continue parameter, or use the continue token in this response to ' +
  'retrieve the remainder of the results. Continuing with the provided token results in an ' +
  'inconsistent list - objects that were created, modified, or deleted between the time the ' +
  'first chunk was returned and now may show up in the list.';

/** 410 for a list whose revision is gone, with a token that goes on inconsistently. */
export class ContinueExpiredError extends ApiError {
  readonly #token: string;

  constructor(start: string) {
    super('Expired', EXPIRED);
    this.#token = encodeContinue({ revision: -1, start });
  }

  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.#token } };
  }
}
