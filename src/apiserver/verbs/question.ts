import { invalidObject } from '../../objects/field-error.ts';
import type { Kind, QuestionSubresource } from '../../objects/kind.ts';
import { decodeBody } from '../../objects/schema/decode.ts';
import { badRequest, noSuchResource } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import { matchNamespace } from '../metadata/prepare.ts';
import { readObjectBody } from '../request-body.ts';
import { valueResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { readWriteOptions } from '../write-options.ts';

/** Answers a question that was posted, such as a TokenReview. Nothing is stored. */
export async function postQuestion(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const { kind } = resource;
  const question = questionOf(kind, target.subresource);
  const options = readWriteOptions(request.query, 'CreateOptions');
  const text = await readObjectBody(request.body, server.parseYaml);
  const { object } = decodeBody(question, text, options.fieldValidation);
  matchNamespace(object, kind, target.namespace);
  if (target.subresource !== '') object.metadata.name ||= target.name;
  if (target.name !== '' && object.metadata.name !== target.name) {
    throw badRequest(`name in URL does not match name in ${question.kind} object`);
  }
  question.defaults?.(object);
  const errors = question.validate?.(object) ?? [];
  if (errors.length > 0) throw invalidObject(question, object.metadata.name ?? '', errors);
  const answer = server.answers.get(question.schema);
  if (answer === undefined) throw noSuchResource();
  return valueResponse(await answer(call, object), 201);
}

type Question = Pick<Kind, 'group' | 'version' | 'kind' | 'schema'> &
  Pick<QuestionSubresource, 'defaults' | 'validate'>;

function questionOf(kind: Kind, name: string): Question {
  if (name === '') return kind;
  const found = kind.subresources[name];
  if (found?.type !== 'question') throw noSuchResource();
  const { schema, defaults, validate } = found;
  return { ...found.kind, schema, defaults, validate };
}
