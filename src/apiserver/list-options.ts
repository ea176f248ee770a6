import {
  type FieldError,
  forbidden,
  invalid,
  message,
  notSupported,
  Path,
} from '../objects/field-error.ts';
import { badRequest, invalidOptions } from './errors.ts';
import { isTrue } from './request-info.ts';

/** The options of a list or watch, as metav1.ListOptions. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly isWatch: boolean;
  readonly allowWatchBookmarks: boolean;
  /** Null where the client did not say. */
  readonly resourceVersion: number | null;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  readonly sendInitialEvents: boolean | null;
  /** Null: until the server's own limit. */
  readonly timeoutSeconds: number | null;
  /** 0: all. */
  readonly limit: number;
  readonly continueToken: string;
}

const MATCH = Path.of('resourceVersionMatch');
const SEND = Path.of('sendInitialEvents');

/** @throws ApiError BadRequest, Invalid */
export function readListOptions(query: URLSearchParams): ListOptions {
  const match = query.get('resourceVersionMatch') ?? '';
  const send = query.get('sendInitialEvents');
  const options = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    isWatch: isTrue(query.get('watch')),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    resourceVersionMatch: match as ListOptions['resourceVersionMatch'],
    sendInitialEvents: send === null || send === '' ? null : isTrue(send),
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
    limit: readInteger(query, 'limit') ?? 0,
    continueToken: query.get('continue') ?? '',
  };
  const version = query.get('resourceVersion') ?? '';
  const errors = options.isWatch
    ? validateWatch(match, options.sendInitialEvents, options.continueToken)
    : validateList(match, options.sendInitialEvents, options.continueToken, version);
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  return { ...options, resourceVersion: parseResourceVersion(version) };
}

function validateList(
  match: string,
  send: boolean | null,
  continueToken: string,
  version: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (match !== '') {
    if (version === '') {
      const why = 'resourceVersionMatch is forbidden unless resourceVersion is provided';
      errors.push(forbidden(MATCH, why));
    }
    if (continueToken !== '') {
      errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && version === '0') {
      const why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
      errors.push(forbidden(MATCH, why));
    }
  }
  if (send !== null) errors.push(forbidden(SEND, 'sendInitialEvents is forbidden for list'));
  return errors;
}

function validateWatch(match: string, send: boolean | null, continueToken: string): FieldError[] {
  const errors: FieldError[] = [];
  if (send !== null && match !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    errors.push(forbidden(MATCH, why));
  }
  if (match === '') return errors;
  if (send === null) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push(forbidden(MATCH, why));
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
  if (continueToken !== '') {
    errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** @throws ApiError BadRequest */
function parseResourceVersion(text: string): number | null {
  if (text === '') return null;
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  const error = invalid(Path.of('resourceVersion'), text, why);
  throw badRequest(`invalid resource version: ${message(error)}`);
}

function readInteger(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return Math.max(0, value);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
