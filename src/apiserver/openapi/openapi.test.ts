import { describe, expect, test } from 'vitest';
import type { Kind } from '../../objects/kind.ts';
import { kinds } from '../../objects/kinds.ts';
import { OpenApi } from './openapi.ts';

type Json = Record<string, unknown>;

const served: { kinds: readonly Kind[] } = { kinds };
const openApi = new OpenApi(() => served.kinds, 'v1.34.0');

async function get(url: string, headers: Record<string, string> = {}) {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const answer = await openApi.answer({ path: pathname, query: searchParams, headers });
  const bytes = answer?.body.type === 'bytes' ? answer.body.bytes : new Uint8Array();
  return { answer, bytes };
}

async function getJson(url: string): Promise<Json> {
  const { bytes } = await get(url);
  return JSON.parse(new TextDecoder().decode(bytes)) as Json;
}

/** The value at a path of keys. */
function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>((part, key) => (part as Json)[key], value);
}

/** All texts under a key called $ref, anywhere in a document. */
function refsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, part] of Object.entries(value)) {
    if (key === '$ref' && typeof part === 'string') found.add(part);
    else refsOf(part, found);
  }
  return found;
}

describe('OpenAPI v3', () => {
  test('the index leads to documents whose hash is in the address', async () => {
    const paths = at(await getJson('/openapi/v3'), 'paths') as Record<string, Json>;
    expect(Object.keys(paths)).toContain('api/v1');
    for (const { serverRelativeURL } of Object.values(paths)) {
      const { answer } = await get(String(serverRelativeURL));
      expect(answer?.status).toBe(200);
      expect(answer?.headers['cache-control']).toContain('immutable');
    }
  });

  test('every reference has its schema', async () => {
    const document = await getJson('/openapi/v3/api/v1');
    const schemas = at(document, 'components', 'schemas') as Json;
    for (const ref of refsOf(document))
      expect(schemas).toHaveProperty([ref.replace('#/components/schemas/', '')]);
  });

  test('a patch of each kind takes fieldValidation: kubectl leaves validation to us', async () => {
    const patches = Object.values(at(await getJson('/openapi/v3/api/v1'), 'paths') as Json)
      .map((item) => (item as Json).patch as Json | undefined)
      .filter((operation) => operation !== undefined);
    expect(patches.length).toBeGreaterThan(5);
    for (const operation of patches) {
      expect(at(operation, 'x-kubernetes-group-version-kind')).toMatchObject({ version: 'v1' });
      const names = (operation.parameters as Json[]).map(({ name }) => name);
      expect(names).toContain('fieldValidation');
    }
  });

  test('fields carry texts, merge keys, enumerated values and defaults', async () => {
    const document = await getJson('/openapi/v3/api/v1');
    const spec = at(document, 'components', 'schemas', 'io.k8s.api.core.v1.PodSpec', 'properties');
    expect(at(spec, 'containers')).toMatchObject({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(at(spec, 'restartPolicy')).toMatchObject({
      type: 'string',
      enum: ['Always', 'Never', 'OnFailure'],
      description: expect.stringContaining('Restart policy for all containers') as string,
    });
    const pod = at(document, 'components', 'schemas', 'io.k8s.api.core.v1.Pod');
    expect(pod).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'Pod', version: 'v1' }],
      properties: {
        spec: {
          allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }],
          default: {},
        },
      },
    });
  });

  test('operation ids are unique', async () => {
    const ids = Object.values(at(await getJson('/openapi/v3/api/v1'), 'paths') as Json)
      .flatMap((item) => Object.values(item as Json))
      .map((operation) => (operation as Json).operationId)
      .filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('OpenAPI v2', () => {
  test('JSON by default, every reference has its definition', async () => {
    const document = await getJson('/openapi/v2');
    expect(document.swagger).toBe('2.0');
    for (const ref of refsOf(document))
      expect(document.definitions).toHaveProperty([ref.replace('#/definitions/', '')]);
  });

  test('Protocol Buffers where they are asked for', async () => {
    const { answer, bytes } = await get('/openapi/v2', {
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    });
    expect(answer?.headers['content-type']).toBe(
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    );
    // Field 1, text: the version of Swagger. Then field 2, a message: its title and version.
    const info = [
      0x12,
      23,
      0x0a,
      10,
      ...Buffer.from('Kubernetes'),
      0x12,
      7,
      ...Buffer.from('v1.34.0'),
    ];
    info[1] = info.length - 2;
    expect([...bytes.subarray(0, 5 + info.length)]).toEqual([
      0x0a,
      3,
      ...Buffer.from('2.0'),
      ...info,
    ]);
  });
});

describe('caching', () => {
  test('an ETag that still holds is answered without a body', async () => {
    const { answer } = await get('/openapi/v3/api/v1');
    const again = await get('/openapi/v3/api/v1', { 'if-none-match': answer!.headers.etag! });
    expect(again.answer?.status).toBe(304);
  });

  test('an old hash is sent on to the present one', async () => {
    const { answer } = await get('/openapi/v3/api/v1?hash=OLD');
    expect(answer?.status).toBe(301);
    expect((await get(answer!.headers.location!)).answer?.status).toBe(200);
  });

  test('documents follow the table of kinds', async () => {
    served.kinds = kinds.filter(({ group }) => group === '');
    expect(Object.keys(at(await getJson('/openapi/v3'), 'paths') as Json)).toEqual(['api/v1']);
    expect((await get('/openapi/v3/apis/events.k8s.io/v1')).answer).toBeNull();
    served.kinds = kinds;
    expect((await get('/openapi/v3/apis/events.k8s.io/v1')).answer?.status).toBe(200);
  });

  test('nothing else is served', async () => {
    expect((await get('/openapi/v4')).answer).toBeNull();
    expect((await get('/openapi/v3/api/v9')).answer).toBeNull();
  });
});
