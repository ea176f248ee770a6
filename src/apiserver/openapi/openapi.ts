import type { Kind } from '../../objects/kind.ts';
import type { ApiRequest, ApiResponse } from '../handler.ts';
import { contentHash } from './content-hash.ts';
import { buildV2, buildV3, documentPath } from './documents.ts';
import { encodeProtoV2, PROTO_V2_ACCEPTED, PROTO_V2_TYPE } from './proto-v2.ts';
import type { Descriptions, Json } from './schemas.ts';

interface Document {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** Documents of one state of the table of kinds; each is made when first asked for. */
interface Cache {
  readonly kinds: readonly Kind[];
  readonly v3: Map<string, Document>;
  v3Index?: Document;
  v2?: Document;
  protoV2?: Document;
}

const V2 = '/openapi/v2';
const V3 = '/openapi/v3';
const encoder = new TextEncoder();

function makeDocument(contentType: string, bytes: Uint8Array): Document {
  return { contentType, bytes, hash: contentHash(bytes) };
}

function jsonDocument(value: Json): Document {
  return makeDocument('application/json', encoder.encode(JSON.stringify(value)));
}

/**
 * Answers /openapi/v2 and /openapi/v3 from the table of kinds. kubectl reads them for `explain`,
 * to learn whether the server validates fields, and how lists merge.
 */
export class OpenApi {
  readonly #kinds: () => readonly Kind[];
  readonly #serverVersion: string;
  #cache: Cache = { kinds: [], v3: new Map() };
  #descriptions: Descriptions | undefined;

  /**
   * @param kinds the kinds served at present; when they change the documents do
   * @param serverVersion such as v1.34.0
   */
  constructor(kinds: () => readonly Kind[], serverVersion: string) {
    this.#kinds = kinds;
    this.#serverVersion = serverVersion;
  }

  /** The answer to a GET below /openapi/; null where nothing is served there. */
  async answer(
    request: Pick<ApiRequest, 'path' | 'query' | 'headers'>,
  ): Promise<ApiResponse | null> {
    const { path, query, headers } = request;
    const accept = headers.accept ?? '';
    const isProto = PROTO_V2_ACCEPTED.some((type) => accept.includes(type));
    const document = await this.#find(path, isProto);
    if (document === undefined) return null;
    const etag = `"${document.hash}"`;
    const common = { etag, vary: 'Accept' };
    const asked = query.get('hash');
    if (asked !== null && asked !== document.hash && path !== V3)
      return redirect(`${path}?hash=${document.hash}`);
    if (headers['if-none-match']?.includes(etag))
      return { status: 304, headers: common, body: { type: 'none' } };
    // A document asked for by its hash never changes; any other must be asked for again.
    const caching = asked === null ? 'no-cache, private' : 'public, immutable, max-age=31536000';
    return {
      status: 200,
      headers: { ...common, 'content-type': document.contentType, 'cache-control': caching },
      body: { type: 'bytes', bytes: document.bytes },
    };
  }

  async #find(path: string, isProto: boolean): Promise<Document | undefined> {
    const isKnown = path === V2 || path === V3 || path.startsWith(`${V3}/`);
    if (!isKnown) return undefined;
    await this.#loadDescriptions();
    const cache = this.#fresh();
    if (path === V3) return this.#v3Index(cache);
    if (path === V2) return isProto ? this.#protoV2(cache) : this.#v2(cache);
    return this.#v3(cache, path.slice(V3.length + 1));
  }

  /** Over half a megabyte of text, which only documents need. */
  async #loadDescriptions(): Promise<void> {
    if (this.#descriptions !== undefined) return;
    const { descriptionsJson } = await import('../../generated/descriptions.ts');
    this.#descriptions ??= JSON.parse(descriptionsJson) as Descriptions;
  }

  #fresh(): Cache {
    const kinds = this.#kinds();
    const { kinds: old } = this.#cache;
    const isSame = kinds.length === old.length && kinds.every((kind, at) => kind === old[at]);
    if (!isSame) this.#cache = { kinds: [...kinds], v3: new Map() };
    return this.#cache;
  }

  #v3Index(cache: Cache): Document {
    if (cache.v3Index === undefined) {
      const paths: Json = {};
      for (const path of new Set(cache.kinds.map(documentPath)))
        paths[path] = { serverRelativeURL: `${V3}/${path}?hash=${this.#v3(cache, path)!.hash}` };
      cache.v3Index = jsonDocument({ paths });
    }
    return cache.v3Index;
  }

  #v3(cache: Cache, path: string): Document | undefined {
    const made = cache.v3.get(path);
    if (made !== undefined) return made;
    const kinds = cache.kinds.filter((kind) => documentPath(kind) === path);
    if (kinds.length === 0) return undefined;
    const document = jsonDocument(buildV3(kinds, this.#descriptions!, this.#serverVersion));
    cache.v3.set(path, document);
    return document;
  }

  #v2(cache: Cache): Document {
    cache.v2 ??= jsonDocument(buildV2(cache.kinds, this.#descriptions!, this.#serverVersion));
    return cache.v2;
  }

  #protoV2(cache: Cache): Document {
    cache.protoV2 ??= makeDocument(
      PROTO_V2_TYPE,
      encodeProtoV2(buildV2(cache.kinds, this.#descriptions!, this.#serverVersion)),
    );
    return cache.protoV2;
  }
}

function redirect(location: string): ApiResponse {
  return { status: 301, headers: { location }, body: { type: 'none' } };
}
