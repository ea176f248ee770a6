import { notFound } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import { storedResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';

/** Answers one object; its object subresources read the same. */
export async function getObject(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { resource, target } = call;
  const item = await server.store.get(resource.keyOf(target.namespace, target.name));
  if (item === null) throw notFound(resource.kind, target.name);
  return storedResponse(server, call, item.value);
}
