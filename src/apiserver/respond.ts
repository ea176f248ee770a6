import type { KubeObject } from '../objects/meta.ts';
import type { Stored } from '../storage/stored.ts';
import type { ApiResponse, EncodedObject } from './handler.ts';
import type { Resource } from './kind-table.ts';
import type { Format } from './negotiate.ts';
import type { Call, ServerParts } from './server-parts.ts';
import { LazyEncoded, partialOf } from './shapes.ts';
import { includeObjectOf, makeTable, type Tabular } from './table.ts';

const NO_HEADERS = {};

/** An answer whose body is the object that `encoded` holds. */
export function objectResponse(
  encoded: EncodedObject,
  status = 200,
  headers: Readonly<Record<string, string>> = NO_HEADERS,
): ApiResponse {
  return { status, headers, body: { type: 'object', encoded } };
}

/** An answer whose body is `value` as JSON. */
export function valueResponse(value: unknown, status = 200): ApiResponse {
  return objectResponse(new LazyEncoded(value), status);
}

/** An answer of plain text. */
export function textResponse(text: string, status = 200): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: { type: 'bytes', bytes: Buffer.from(text) },
  };
}

/** The answer for one object in the form that the caller asked for. */
export function storedResponse(
  server: ServerParts,
  call: Call,
  stored: Stored,
  status = 200,
  warnings: readonly string[] = [],
): ApiResponse {
  const { resource, format } = call;
  const headers = warnings.length === 0 ? NO_HEADERS : { warning: warningHeader(warnings) };
  if (format.form === 'table') {
    return tableResponse(server, call, resource.kind, resource.view(stored), status, headers);
  }
  return objectResponse(encodeAs(resource, format, stored), status, headers);
}

/** The answer for a view of an object, such as its Scale. */
export function viewResponse(
  server: ServerParts,
  call: Call,
  kind: Tabular,
  view: KubeObject,
): ApiResponse {
  return call.format.form === 'table'
    ? tableResponse(server, call, kind, view, 200, NO_HEADERS)
    : valueResponse(view);
}

function tableResponse(
  server: ServerParts,
  { format, request }: Call,
  kind: Tabular,
  object: KubeObject,
  status: number,
  headers: Readonly<Record<string, string>>,
): ApiResponse {
  const { resourceVersion } = object.metadata;
  const table = makeTable(
    kind,
    [object],
    { resourceVersion },
    {
      version: format.version,
      includeObject: includeObjectOf(request.query),
      now: server.clock.now(),
      headers: true,
    },
  );
  return objectResponse(new LazyEncoded(table), status, headers);
}

/** One object in full or as metadata alone. */
export function encodeAs(resource: Resource, format: Format, stored: Stored): EncodedObject {
  if (format.form !== 'partial') return resource.full.encode(stored);
  if (format.version === 'v1') return resource.partial.encode(stored);
  return new LazyEncoded(partialOf(resource.view(stored), `meta.k8s.io/${format.version}`));
}

/** `response` with a warning before those it has. */
export function withWarning(response: ApiResponse, text: string): ApiResponse {
  const { warning: others } = response.headers;
  const own = warningHeader([text]);
  const warning = others === undefined ? own : `${own}, ${others}`;
  return { ...response, headers: { ...response.headers, warning } };
}

/** The value of a Warning header: one item for each of `warnings`, as RFC 2616 quotes them. */
function warningHeader(warnings: readonly string[]): string {
  return warnings
    .map((text) => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(', ');
}
