import { ApiError, type StatusDetails } from '../objects/api-error.ts';
import { type FieldError, invalidObject } from '../objects/field-error.ts';
import { goQuote } from '../objects/go-quote.ts';
import { type Kind, resourceName } from '../objects/kind.ts';

type Named = Pick<Kind, 'group' | 'plural' | 'kind'>;

/** The part of a Status that names the object. */
export function objectDetails(kind: Pick<Kind, 'group' | 'plural'>, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
  };
}

/** 404 `pods "x" not found`. */
export function notFound(kind: Pick<Kind, 'group' | 'plural'>, name: string): ApiError {
  const message = `${resourceName(kind)} ${goQuote(name)} not found`;
  return new ApiError('NotFound', message, objectDetails(kind, name));
}

/** 404 for a path that leads nowhere. */
export function noSuchResource(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource', {});
}

/** 409 `pods "x" already exists`. */
export function alreadyExists(kind: Pick<Kind, 'group' | 'plural'>, name: string): ApiError {
  const message = `${resourceName(kind)} ${goQuote(name)} already exists`;
  return new ApiError('AlreadyExists', message, objectDetails(kind, name));
}

/** 409 for a generated name that was taken again and again. */
export function generatedNameTaken(kind: Pick<Kind, 'group' | 'plural'>, name: string): ApiError {
  const message =
    `${resourceName(kind)} ${goQuote(name)} already exists, ` +
    'the server was not able to generate a unique name for the object';
  const details = { ...objectDetails(kind, name), retryAfterSeconds: 1 };
  return new ApiError('AlreadyExists', message, details);
}

/** 409 `Operation cannot be fulfilled on pods "x": why`. */
export function conflict(
  kind: Pick<Kind, 'group' | 'plural'>,
  name: string,
  why: string,
): ApiError {
  const message = `Operation cannot be fulfilled on ${resourceName(kind)} ${goQuote(name)}: ${why}`;
  return new ApiError('Conflict', message, objectDetails(kind, name));
}

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 409 for a write that was based on an older revision. */
export function modified(kind: Pick<Kind, 'group' | 'plural'>, name: string): ApiError {
  return conflict(kind, name, MODIFIED);
}

/** 409 for a write to an object that has another uid than the writer means. */
export function wrongUid(kind: Named, name: string, key: string, wanted: string, uid: string) {
  const why =
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, ` +
    `AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, ` +
    `UID in object meta: ${uid}`;
  return conflict(kind, name, why);
}

/** 403 `pods "x" is forbidden: why`. */
export function forbidden(
  kind: Pick<Kind, 'group' | 'plural'>,
  name: string,
  why: string,
): ApiError {
  const subject = name === '' ? '' : ` ${goQuote(name)}`;
  const message = `${resourceName(kind)}${subject} is forbidden: ${why}`;
  return new ApiError('Forbidden', message, objectDetails(kind, name));
}

/** 422 for bad options of a request: `ListOptions.meta.k8s.io "" is invalid: ...`. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): ApiError {
  return invalidObject({ group: 'meta.k8s.io', kind }, '', errors);
}

/** 400. */
export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/** 405 for a verb that the resource does not have. */
export function methodNotAllowed(): ApiError {
  return new ApiError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 415 for a body in none of the `accepted` formats. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

/** 406 for a client that takes none of the `offered` formats. */
export function notAcceptable(offered: readonly string[]): ApiError {
  return new ApiError(
    'NotAcceptable',
    `only the following media types are accepted: ${offered.join(', ')}`,
  );
}

/** 410 for a revision whose history is gone. */
export function tooOld(requested: number, oldest: number): ApiError {
  return new ApiError('Expired', `too old resource version: ${requested} (${oldest})`);
}

/** 504 for a revision that has not happened. */
export function tooLarge(requested: number, current: number): ApiError {
  return new ApiError('Timeout', `Too large resource version: ${requested}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
