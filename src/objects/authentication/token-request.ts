import type { AuthenticationV1TokenRequest as TokenRequest } from '../../generated/types.ts';
import { type FieldError, invalid, Path } from '../field-error.ts';
import type { QuestionSubresource } from '../kind.ts';

const SECONDS_DEFAULT = 60 * 60;
const SECONDS_MIN = 10 * 60;
const SECONDS_MAX = 2 ** 32;
const AT = Path.of('spec', 'expirationSeconds');

function defaults({ spec }: TokenRequest): void {
  spec.expirationSeconds ??= SECONDS_DEFAULT;
}

function validate({ spec }: TokenRequest): FieldError[] {
  const { expirationSeconds: seconds = SECONDS_DEFAULT } = spec;
  if (seconds < SECONDS_MIN) {
    return [invalid(AT, seconds, 'may not specify a duration less than 10 minutes')];
  }
  if (seconds > SECONDS_MAX) {
    return [invalid(AT, seconds, 'may not specify a duration larger than 2^32 seconds')];
  }
  return [];
}

/** The subresource `token` of a service account: gives out a token for it. */
export const tokenRequest: QuestionSubresource = {
  type: 'question',
  kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
  defaults(body) {
    const request = body as unknown as TokenRequest;
    request.spec ??= { audiences: [] };
    defaults(request);
  },
  validate: (body) => validate(body as unknown as TokenRequest),
};
