import { assert } from '../../base/assert.ts';
import { isReason } from '../../objects/api-error.ts';
import type { ObjectSubresource, WriteRules } from '../../objects/kind.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { decodeBody } from '../../objects/schema/decode.ts';
import type { ApiResponse } from '../handler.ts';
import { matchName, matchNamespace } from '../metadata/prepare.ts';
import { readObjectBody } from '../request-body.ts';
import { storedResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { changeObject } from '../write-object.ts';
import { readWriteOptions } from '../write-options.ts';
import { storeNewObject } from './create.ts';

/** Replaces an object, or what one of its object subresources lets change. */
export async function updateObject(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { kind } = resource;
  const options = readWriteOptions(request.query, 'UpdateOptions');
  const body = await readObjectBody(request.body, server.parseYaml);
  const { object, warnings } = decodeBody(kind, body, options.fieldValidation);
  matchNamespace(object, kind, target.namespace);
  matchName(object, target.name);
  kind.defaults?.(object);
  const write = {
    resource,
    namespace: target.namespace,
    name: target.name,
    subresource: target.subresource,
    user: request.user,
    dryRun: options.dryRun,
  };
  // A second attempt must not see what the first one's preparation did to the object.
  const spare = needsSpare(object) ? structuredClone(object) : null;
  let attempts = 0;
  const next = () => (attempts++ === 0 || spare === null ? object : structuredClone(spare));
  try {
    const written = await changeObject(server, { ...write, next, ...rulesOf(call) });
    return storedResponse(server, call, written.stored, 200, [...warnings, ...written.warnings]);
  } catch (error) {
    const mayCreate = kind.createOnUpdate && target.subresource === '';
    if (!mayCreate || !isReason(error, 'NotFound') || attempts > 0) throw error;
    delete object.metadata.resourceVersion;
    const admitted: string[] = [];
    const stored = await storeNewObject(server, { ...write, object, warnings: admitted });
    return storedResponse(server, call, stored, 201, [...warnings, ...admitted]);
  }
}

/** Only an update without resourceVersion is tried anew after a lost race. */
function needsSpare({ metadata }: KubeObject): boolean {
  return !metadata.resourceVersion || metadata.resourceVersion === '0';
}

/** The rules of the way of writing that the request chose. */
export function rulesOf({ resource, target }: Call): {
  rules: WriteRules<KubeObject>;
  whole: boolean;
} {
  if (target.subresource === '') return { rules: resource.kind.update, whole: true };
  const rules = resource.kind.subresources[target.subresource];
  assert(rules?.type === 'object', 'only object subresources are written');
  return { rules: rules as ObjectSubresource<KubeObject>, whole: false };
}
