/**
 * The OpenAPI v2 document in Protocol Buffers, as kubectl before 1.27 and some of its later
 * commands want it. Field numbers are those of gnostic's OpenAPIv2.proto. What no client of
 * Kubernetes reads (answers of operations, security) is left out.
 */
import { ProtoWriter } from './proto-writer.ts';
import type { Json } from './schemas.ts';

/** The media types by which clients ask for this form; the first is no valid type, but usual. */
export const PROTO_V2_ACCEPTED: readonly string[] = [
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
];
/** The media type it is answered with. */
export const PROTO_V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Encodes a document made by buildV2. */
export function encodeProtoV2(document: Json): Uint8Array {
  const info = document.info as { title: string; version: string };
  return new ProtoWriter()
    .text(1, '2.0')
    .message(2, (writer) => writer.text(1, info.title).text(2, info.version))
    .message(8, (writer) => {
      for (const [path, item] of entries(document.paths))
        writer.message(2, (named) =>
          named.text(1, path).message(2, (value) => writePath(value, item as Json)),
        );
    })
    .message(9, (writer) => {
      for (const [name, schema] of entries(document.definitions)) writeNamed(writer, name, schema);
    })
    .finish();
}

function entries(value: unknown): [string, unknown][] {
  return Object.entries((value ?? {}) as Json);
}

const METHODS: ReadonlyMap<string, number> = new Map([
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['patch', 8],
]);

function writePath(writer: ProtoWriter, item: Json): void {
  for (const [method, field] of METHODS) {
    const operation = item[method] as Json | undefined;
    if (operation !== undefined) writer.message(field, (value) => writeOperation(value, operation));
  }
  writeParameters(writer, 9, item.parameters);
}

function writeOperation(writer: ProtoWriter, operation: Json): void {
  writer.text(3, operation.description as string).text(5, operation.operationId as string);
  writeParameters(writer, 8, operation.parameters);
  writeExtensions(writer, 13, operation);
}

function writeParameters(writer: ProtoWriter, field: number, parameters: unknown): void {
  for (const parameter of (parameters ?? []) as Json[])
    writer.message(field, (item) => item.message(1, (value) => writeParameter(value, parameter)));
}

function writeParameter(writer: ProtoWriter, parameter: Json): void {
  const { name, description, required, type } = parameter as Record<string, string>;
  const place = parameter.in as string;
  if (place === 'body') {
    writer.message(1, (body) =>
      body
        .text(1, description)
        .text(2, name)
        .text(3, place)
        .flag(4, Boolean(required))
        .message(5, (schema) => writeSchema(schema, parameter.schema as Json)),
    );
    return;
  }
  writer.message(2, (other) =>
    other.message(place === 'query' ? 3 : 4, (value) =>
      value
        .flag(1, Boolean(required))
        .text(2, place)
        .text(3, description)
        .text(4, name)
        .text(place === 'query' ? 6 : 5, type),
    ),
  );
}

function writeNamed(writer: ProtoWriter, name: string, schema: unknown): void {
  writer.message(1, (named) =>
    named.text(1, name).message(2, (value) => writeSchema(value, schema as Json)),
  );
}

function writeSchema(writer: ProtoWriter, schema: Json): void {
  writer
    .text(1, schema.$ref as string | undefined)
    .text(2, schema.format as string | undefined)
    .text(4, schema.description as string | undefined);
  for (const name of (schema.required ?? []) as string[]) writer.text(19, name);
  for (const value of (schema.enum ?? []) as unknown[])
    writer.message(20, (any) => any.text(2, JSON.stringify(value)));
  if (schema.additionalProperties !== undefined)
    writer.message(21, (item) =>
      item.message(1, (value) => writeSchema(value, schema.additionalProperties as Json)),
    );
  if (schema.type !== undefined) writer.message(22, (item) => item.text(1, schema.type as string));
  if (schema.items !== undefined)
    writer.message(23, (item) =>
      item.message(1, (value) => writeSchema(value, schema.items as Json)),
    );
  if (schema.properties !== undefined)
    writer.message(25, (properties) => {
      for (const [name, property] of entries(schema.properties))
        writeNamed(properties, name, property);
    });
  writeExtensions(writer, 31, schema);
}

/** Extensions are given as YAML, of which JSON is a part. */
function writeExtensions(writer: ProtoWriter, field: number, value: Json): void {
  for (const [name, extension] of Object.entries(value))
    if (name.startsWith('x-'))
      writer.message(field, (named) =>
        named.text(1, name).message(2, (any) => any.text(2, JSON.stringify(extension))),
      );
}
