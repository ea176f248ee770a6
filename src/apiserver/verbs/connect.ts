import { assert } from '../../base/assert.ts';
import { ApiError } from '../../objects/api-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { decodeOptions } from '../decode-options.ts';
import { badRequest, notFound } from '../errors.ts';
import type { ApiRequest, ApiResponse } from '../handler.ts';
import type { Call, ServerParts } from '../server-parts.ts';

/**
 * Connects a client to the node of an object, both ways: `exec`, `attach`, `portforward`. What the
 * client asked wrongly is told before its connection changes.
 */
export async function connect(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { namespace, name, subresource } = target;
  const found = resource.kind.subresources[subresource];
  assert(found?.type === 'connect', 'only connect subresources are connected to');
  const options = decodeOptions(found.options, request.query);
  const item = await server.store.get(resource.keyOf(namespace, name));
  if (item === null) throw notFound(resource.kind, name);
  const object = resource.view(item.value);
  const spec = (object.spec ?? {}) as PlacedSpec;
  if (found.ofContainer) options.container = chosenContainer(object, spec, options.container);
  if (!spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  if (!isUpgrade(request)) throw badRequest('Upgrade request required');
  const complaint = found.validate?.(options) ?? '';
  if (complaint !== '') throw badRequest(complaint);
  if (server.nodeProxy === null) {
    throw new ApiError('ServiceUnavailable', `node ${spec.nodeName} cannot be reached yet`);
  }
  const uid = object.metadata.uid ?? '';
  const asked = { namespace, name, uid, subresource, path: '', options, request };
  return server.nodeProxy(spec.nodeName, asked);
}

function isUpgrade({ headers }: ApiRequest): boolean {
  return /\bupgrade\b/i.test(headers.connection ?? '') && Boolean(headers.upgrade);
}

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
 * The container meant: upstream's validateContainer.
 *
 * @throws ApiError BadRequest
 */
function chosenContainer(object: KubeObject, spec: PlacedSpec, asked: unknown): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  const { name } = object.metadata;
  const all = [...initContainers, ...containers, ...ephemeralContainers].map((item) => item.name);
  if (typeof asked === 'string' && asked !== '') {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only, ...others] = containers;
  if (only !== undefined && others.length === 0) return only.name;
  const choice = containers.length === 0 ? '' : `, choose one of: [${all.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}${choice}`);
}
