import { assert } from '../../base/assert.ts';
import { invalidObject } from '../../objects/field-error.ts';
import type { ViewSubresource } from '../../objects/kind.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { applyPatch } from '../../objects/patch/apply-patch.ts';
import { decodeBody } from '../../objects/schema/decode.ts';
import { notFound } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import { matchName, matchNamespace } from '../metadata/prepare.ts';
import { readObjectBody } from '../request-body.ts';
import { viewResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { changeObject } from '../write-object.ts';
import { readWriteOptions } from '../write-options.ts';
import { readPatch } from './patch.ts';

/** Shows a part of an object as another kind, such as its Scale. */
export async function getView(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { resource, target } = call;
  const item = await server.store.get(resource.keyOf(target.namespace, target.name));
  if (item === null) throw notFound(resource.kind, target.name);
  const view = viewOf(call);
  return viewResponse(server, call, view, view.show(resource.view(item.value)));
}

/** Changes an object by what was PUT as its view. */
export async function updateView(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request } = call;
  const view = viewOf(call);
  const options = readWriteOptions(request.query, 'UpdateOptions');
  const body = await readObjectBody(request.body, server.parseYaml);
  const decoded = decodeBody(view.shown, body, options.fieldValidation);
  return write(server, call, options.dryRun, () => decoded.object);
}

/** Changes an object by a patch of its view. */
export async function patchView(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request } = call;
  const view = viewOf(call);
  const options = readWriteOptions(request.query, 'PatchOptions');
  const patch = readPatch(request.body);
  return write(server, call, options.dryRun, (shown) => {
    const decoded = applyPatch(view.shown, shown, patch, options.fieldValidation);
    return decoded.object;
  });
}

/** @param next makes the view that is wanted from the present one */
async function write(
  server: ServerParts,
  call: Call,
  dryRun: boolean,
  next: (shown: KubeObject) => KubeObject,
): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { kind } = resource;
  const { namespace, name, subresource } = target;
  const view = viewOf(call);
  const written = await changeObject(server, {
    resource,
    namespace,
    name,
    subresource,
    user: request.user,
    dryRun,
    rules: kind.update,
    whole: true,
    next(old) {
      const wanted = next(view.show(old));
      matchNamespace(wanted, kind, namespace);
      matchName(wanted, name);
      const errors = view.validate(wanted);
      if (errors.length > 0) throw invalidObject(view.shown, name, errors);
      const object = structuredClone(old);
      const { uid, resourceVersion } = wanted.metadata;
      // On which revision the writer built, if he says so.
      Object.assign(object.metadata, { uid, resourceVersion });
      view.apply(object, wanted);
      return object;
    },
  });
  return viewResponse(server, call, view, view.show(resource.view(written.stored)));
}

function viewOf({ resource, target }: Call): ViewSubresource<KubeObject> {
  const found = resource.kind.subresources[target.subresource];
  assert(found?.type === 'view', 'only views are shown');
  return found as ViewSubresource<KubeObject>;
}
