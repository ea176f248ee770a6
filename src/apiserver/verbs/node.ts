import { assert } from '../../base/assert.ts';
import { ApiError } from '../../objects/api-error.ts';
import { invalidObject } from '../../objects/field-error.ts';
import { decodeOptions } from '../decode-options.ts';
import { notFound } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { chosenContainer, placedSpec } from './placed-object.ts';

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
  if (!found.takesPath) options.container = chosenContainer(object, options.container);
  const nodeName = found.takesPath ? name : placedSpec(object).nodeName;
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
