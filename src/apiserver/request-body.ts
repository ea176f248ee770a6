import { ApiError } from '../objects/api-error.ts';
import { decodeProtobuf, PROTOBUF_TYPE } from '../objects/protobuf/decode-protobuf.ts';
import { WireError } from '../objects/protobuf/wire.ts';
import { parseJson } from '../objects/schema/json-text.ts';
import { badRequest, unsupportedMediaType } from './errors.ts';
import type { RequestBody } from './handler.ts';

/** Larger bodies are refused, as upstream does. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

/** A short YAML may stand for so many values and characters by its aliases, as in go-yaml. */
const EXPANDED_MAX = 400_000;

const OBJECT_TYPES = ['application/json', 'application/yaml', PROTOBUF_TYPE];

/**
 * Reads YAML into plain values. Loaded when first needed. Rejects with an Error whose message tells
 * what is wrong.
 */
export type ParseYaml = (text: string) => Promise<unknown>;

/** The parser that is used unless another is given. */
export const parseYaml: ParseYaml = async (text) => {
  const { CORE_SCHEMA, load } = await import('js-yaml');
  // JSON's own types alone: a date stays text.
  return load(text, { schema: CORE_SCHEMA });
};

/** A body as decodeBody takes it: JSON text, or a value from within the process. */
export type JsonBody = { readonly text: string } | { readonly value: unknown };

/** The body's media type, without parameters, in lower case; JSON where there is none. */
export function mediaTypeOf(body: RequestBody): string {
  const { contentType } = body;
  if (contentType === 'application/json') return contentType;
  const semicolon = contentType.indexOf(';');
  const type = semicolon < 0 ? contentType : contentType.slice(0, semicolon);
  return type.trim().toLowerCase() || 'application/json';
}

/**
 * The body of a request that carries an object, in JSON, YAML or protobuf.
 *
 * @throws ApiError BadRequest, RequestEntityTooLarge, UnsupportedMediaType
 */
export async function readObjectBody(
  body: RequestBody | null,
  parseYaml: ParseYaml,
): Promise<JsonBody> {
  if (body === null) return { text: '' };
  const type = mediaTypeOf(body);
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  if (body.type === 'value') return body;
  if (type === PROTOBUF_TYPE) return { value: fromProtobuf(body.bytes) };
  const text = bodyText(body.bytes);
  return type === 'application/yaml' ? { text: await yamlToJson(text, parseYaml) } : { text };
}

function fromProtobuf(bytes: Uint8Array): unknown {
  checkSize(bytes);
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof WireError) throw badRequest(error.message);
    throw error;
  }
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= BODY_BYTES_MAX) return;
  const message = `Request entity too large: limit is ${BODY_BYTES_MAX}`;
  throw new ApiError('RequestEntityTooLarge', message);
}

/** @throws ApiError RequestEntityTooLarge */
export function bodyText(bytes: Uint8Array): string {
  checkSize(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/**
 * The value of a body whose shape is not that of a kind.
 *
 * @throws ApiError BadRequest
 */
export function bodyValue(body: JsonBody): unknown {
  if ('value' in body) return body.value;
  try {
    return parseJson(body.text);
  } catch (error) {
    throw badRequest(`json parse error: ${error instanceof Error ? error.message : error}`);
  }
}

/** YAML has dates, references and other things that JSON has not, so it goes through JSON. */
async function yamlToJson(text: string, parseYaml: ParseYaml): Promise<string> {
  try {
    const value = await parseYaml(text);
    // A few lines of aliases to aliases can stand for more than fits into memory. Without aliases
    // there are fewer values than characters in the text.
    const max = Math.max(EXPANDED_MAX, 2 * text.length);
    if (isLarger(value, max)) throw new Error('document contains excessive aliasing');
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw badRequest(`error converting YAML to JSON: yaml: ${why}`);
  }
}

/** Whether a value, with all it refers to written out, has more than `max` values and characters. */
function isLarger(value: unknown, max: number): boolean {
  let size = 0;
  const left = [value];
  while (left.length > 0 && size <= max) {
    const next = left.pop();
    size += typeof next === 'string' ? next.length + 1 : 1;
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, member] of Object.entries(next)) {
      size += key.length;
      left.push(member);
    }
  }
  return size > max;
}
