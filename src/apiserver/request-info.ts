import type { ApiRequest } from './handler.ts';

/** What a request asks of a resource, in the words that authorization uses. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

/** A path below /api or /apis, taken apart as upstream's RequestInfo. */
export interface ResourceRequest {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource; only connections to a node know what to do with it. */
  readonly rest: string;
}

/** Subresources of a namespace, which would else read as resources within it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * The resource that `path` names, or null when it names none: discovery, health and the like.
 * Percent-encoded names are decoded; a malformed encoding names nothing.
 */
export function parseResourcePath(path: string): ResourceRequest | null {
  const segments = splitPath(path);
  if (segments === null) return null;
  let group = '';
  let at: number;
  if (segments[0] === 'api') at = 1;
  else if (segments[0] === 'apis') {
    group = segments[1] ?? '';
    at = 2;
  } else return null;
  const version = segments[at];
  let parts = segments.slice(at + 1);
  if (version === undefined || parts.length === 0) return null;

  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2]!)) {
    namespace = parts[1]!;
    parts = parts.slice(2);
  }
  const [resource = '', name = '', subresource = ''] = parts;
  return { group, version, namespace, resource, name, subresource, rest: parts.slice(3).join('/') };
}

function splitPath(path: string): string[] | null {
  const segments = path.split('/');
  segments.shift();
  if (segments.at(-1) === '') segments.pop();
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** The verb of a request for `target`; null for a method that no resource has. */
export function verbOf(
  method: ApiRequest['method'],
  target: Pick<ResourceRequest, 'name'>,
  query: URLSearchParams,
): Verb | null {
  const isCollection = target.name === '';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (!isCollection) return 'get';
      return isTrue(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return isCollection ? 'deletecollection' : 'delete';
    default:
      return null;
  }
}

/** Whether a query parameter says yes, as upstream reads a bool: `?watch` and `?watch=1` do. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
