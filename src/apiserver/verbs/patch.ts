import type { KubeObject } from '../../objects/meta.ts';
import {
  applyPatch,
  PATCH_TYPES,
  type Patch,
  type PatchType,
} from '../../objects/patch/apply-patch.ts';
import { badRequest, unsupportedMediaType } from '../errors.ts';
import type { ApiResponse, RequestBody } from '../handler.ts';
import { matchName, matchNamespace } from '../metadata/prepare.ts';
import { bodyText, mediaTypeOf } from '../request-body.ts';
import { storedResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { changeObject } from '../write-object.ts';
import { readWriteOptions } from '../write-options.ts';
import { rulesOf } from './update.ts';

const TYPES: ReadonlyMap<string, PatchType> = new Map(
  Object.entries(PATCH_TYPES).map(([type, mediaType]) => [mediaType, type as PatchType]),
);

/** Changes an object by a patch: RFC 6902, RFC 7386, or upstream's strategic merge. */
export async function patchObject(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { kind } = resource;
  const options = readWriteOptions(request.query, 'PatchOptions');
  const patch = readPatch(request.body);
  let warnings: readonly string[] = [];
  const written = await changeObject(server, {
    resource,
    namespace: target.namespace,
    name: target.name,
    subresource: target.subresource,
    user: request.user,
    dryRun: options.dryRun,
    ...rulesOf(call),
    next(old: KubeObject) {
      const decoded = applyPatch(kind, old, patch, options.fieldValidation);
      warnings = decoded.warnings;
      const { object } = decoded;
      matchNamespace(object, kind, target.namespace);
      matchName(object, target.name);
      kind.defaults?.(object);
      return object;
    },
  });
  return storedResponse(server, call, written.stored, 200, [...warnings, ...written.warnings]);
}

/**
 * The patch that a request brings.
 *
 * @throws ApiError BadRequest, UnsupportedMediaType
 */
export function readPatch(body: RequestBody | null): Patch {
  if (body === null) throw badRequest('error decoding patch: unexpected end of JSON input');
  const type = TYPES.get(mediaTypeOf(body));
  if (type === undefined) throw unsupportedMediaType([...TYPES.keys()]);
  return { type, body: body.type === 'value' ? body : { text: bodyText(body.bytes) } };
}
