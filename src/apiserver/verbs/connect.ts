import { assert } from '../../base/assert.ts';
import { ApiError } from '../../objects/api-error.ts';
import { decodeOptions } from '../decode-options.ts';
import { badRequest, notFound } from '../errors.ts';
import type { ApiRequest, ApiResponse } from '../handler.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { chosenContainer, placedSpec } from './placed-object.ts';

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
  if (found.ofContainer) options.container = chosenContainer(object, options.container);
  const { nodeName } = placedSpec(object);
  if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  if (!isUpgrade(request)) throw badRequest('Upgrade request required');
  const complaint = found.validate?.(options) ?? '';
  if (complaint !== '') throw badRequest(complaint);
  if (server.nodeProxy === null) {
    throw new ApiError('ServiceUnavailable', `node ${nodeName} cannot be reached yet`);
  }
  const uid = object.metadata.uid ?? '';
  const asked = { namespace, name, uid, subresource, path: '', options, request };
  return server.nodeProxy(nodeName, asked);
}

function isUpgrade({ headers }: ApiRequest): boolean {
  return /\bupgrade\b/i.test(headers.connection ?? '') && Boolean(headers.upgrade);
}
