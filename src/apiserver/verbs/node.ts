import { assert } from '../../base/assert.ts';
import { ApiError } from '../../objects/api-error.ts';
import { invalidObject } from '../../objects/field-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { decodeOptions } from '../decode-options.ts';
import { badRequest, notFound } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import type { Call, ServerParts } from '../server-parts.ts';

/** Connects to what an object's node keeps of it, such as a container's log. */
export async function connectToNode(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { namespace, name, subresource } = target;
  const found = resource.kind.subresources[subresource];
  assert(found?.type === 'node', 'only node subresources connect to nodes');
  const options = decodeOptions(found.options, request.query);
  const errors = found.validate?.(options) ?? [];
  if (errors.length > 0) {
    const kind = found.options.slice(found.options.lastIndexOf('.') + 1);
    throw invalidObject({ group: '', kind }, name, errors);
  }
  const item = await server.store.get(resource.keyOf(namespace, name));
  if (item === null) throw notFound(resource.kind, name);
  const object = resource.view(item.value);
  const spec = (object.spec ?? {}) as PlacedSpec;
  if (!found.takesPath) chooseContainer(object, spec, options);
  const nodeName = found.takesPath ? name : spec.nodeName;
  if (!nodeName) return NOTHING;
  if (server.nodeProxy === null) {
    throw new ApiError('ServiceUnavailable', `node ${nodeName} cannot be reached yet`);
  }
  const uid = object.metadata.uid ?? '';
  const path = target.rest;
  const asked = { namespace, name, uid, subresource, path, options, request };
  return server.nodeProxy(nodeName, asked);
}

/** Upstream answers nothing for what has no node yet. */
const NOTHING: ApiResponse = {
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: { type: 'bytes', bytes: new Uint8Array() },
};

interface Named {
  readonly name: string;
}

/** What a spec says about where its object runs, and in which containers. */
interface PlacedSpec {
  readonly nodeName?: string;
  readonly containers?: readonly Named[];
  readonly initContainers?: readonly Named[];
  readonly ephemeralContainers?: readonly Named[];
}

/**
 * Sets the container that the caller means, where there is but one.
 *
 * @throws ApiError BadRequest
 */
function chooseContainer(
  object: KubeObject,
  { containers = [], initContainers = [], ephemeralContainers = [] }: PlacedSpec,
  options: Record<string, unknown>,
): void {
  if (containers.length === 0) return;
  const { name } = object.metadata;
  if (!options.container) {
    if (containers.length === 1) {
      options.container = containers[0]!.name;
      return;
    }
    const names = (list: readonly Named[]) => list.map((item) => item.name).join(' ');
    const init =
      initContainers.length > 0 ? ` or one of the init containers: [${names(initContainers)}]` : '';
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names(containers)}]${init}`,
    );
  }
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  if (all.some((item) => item.name === options.container)) return;
  throw badRequest(`container ${options.container} is not valid for pod ${name}`);
}
