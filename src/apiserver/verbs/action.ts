import { assert } from '../../base/assert.ts';
import { invalidObject } from '../../objects/field-error.ts';
import type { ActionSubresource } from '../../objects/kind.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { decodeBody } from '../../objects/schema/decode.ts';
import { badRequest } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import { matchNamespace } from '../metadata/prepare.ts';
import { readObjectBody } from '../request-body.ts';
import { valueResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { changeObject } from '../write-object.ts';
import { readWriteOptions } from '../write-options.ts';

/** Carries out what was posted to a subresource such as `binding`. */
export async function postAction(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { namespace, name, subresource } = target;
  const found = resource.kind.subresources[subresource];
  assert(found?.type === 'action', 'only actions are posted');
  const action = found as ActionSubresource<KubeObject>;
  const options = readWriteOptions(request.query, 'CreateOptions');
  const posted = { ...action.kind, schema: action.schema };
  const text = await readObjectBody(request.body, server.parseYaml);
  const { object: body } = decodeBody(posted, text, options.fieldValidation);
  matchNamespace(body, resource.kind, namespace);
  if (body.metadata.name !== name) {
    throw badRequest(`name in URL does not match name in ${action.kind.kind} object`);
  }
  const errors = action.validate(body);
  if (errors.length > 0) throw invalidObject(action.kind, body.metadata.name ?? '', errors);
  await changeObject(server, {
    resource,
    namespace,
    name,
    subresource,
    user: request.user,
    dryRun: options.dryRun,
    rules: {},
    whole: false,
    keepsGeneration: true,
    next(old) {
      const object = structuredClone(old);
      action.apply(object, body, { now: server.clock.now() });
      return object;
    },
  });
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return valueResponse(status, 201);
}
