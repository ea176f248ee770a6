import { ApiError } from '../../objects/api-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { notFound } from '../errors.ts';
import type { ApiResponse, EncodedObject } from '../handler.ts';
import { readListOptions } from '../list-options.ts';
import { objectResponse } from '../respond.ts';
import { parseSelection } from '../selection.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { LazyEncoded, partialOf } from '../shapes.ts';
import { includeObjectOf, makeTable } from '../table.ts';

/** Answers one object of a kind that is computed. */
export async function getComputed(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { namespace, name } = call.target;
  const object = (await objectsIn(server, call, namespace)).find(
    ({ metadata }) => metadata.name === name,
  );
  if (object === undefined) {
    // Upstream's metrics server names the object with its namespace.
    throw notFound(call.resource.kind, namespace === '' ? name : `${namespace}/${name}`);
  }
  if (call.format.form === 'table') return tableOf(server, call, [object]);
  return objectResponse(encode(call, object));
}

/** Answers the objects of a kind that is computed which its caller selects, all in one page. */
export async function listComputed(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { format, request, resource, target } = call;
  const selection = parseSelection(resource, readListOptions(request.query));
  const all = await objectsIn(server, call, target.namespace);
  const objects = all.filter((object) => selection.matches(object));
  if (format.form === 'table') return tableOf(server, call, objects);
  const isPartial = format.form === 'partial';
  return {
    status: 200,
    headers: {},
    body: {
      type: 'list',
      kind: isPartial ? 'PartialObjectMetadataList' : `${resource.kind.kind}List`,
      apiVersion: isPartial ? `meta.k8s.io/${format.version}` : resource.apiVersion,
      metadata: {},
      items: objects.map((object) => encode(call, object)),
    },
  };
}

async function objectsIn(
  server: ServerParts,
  { resource }: Call,
  namespace: string,
): Promise<readonly KubeObject[]> {
  const { kind } = resource;
  if (server.computed === null) {
    throw new ApiError('ServiceUnavailable', `${kind.plural}.${kind.group} are not available yet`);
  }
  const objects = await server.computed(kind);
  if (namespace === '') return objects;
  return objects.filter(({ metadata }) => metadata.namespace === namespace);
}

function encode({ format }: Call, object: KubeObject): EncodedObject {
  if (format.form !== 'partial') return new LazyEncoded(object);
  return new LazyEncoded(partialOf(object, `meta.k8s.io/${format.version}`));
}

function tableOf(
  server: ServerParts,
  { format, request, resource }: Call,
  objects: readonly KubeObject[],
): ApiResponse {
  const table = makeTable(
    resource.kind,
    objects,
    {},
    {
      version: format.version,
      includeObject: includeObjectOf(request.query),
      now: server.clock.now(),
      headers: true,
    },
  );
  return objectResponse(new LazyEncoded(table));
}
