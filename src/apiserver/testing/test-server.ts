import { silentLog } from '../../base/log.ts';
import { seededPrng } from '../../base/prng.ts';
import { configMapKind } from '../../objects/core/config-map.ts';
import { namespaceKind } from '../../objects/core/namespace.ts';
import type { Kind } from '../../objects/kind.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import { type Stored, storedCodec } from '../../storage/stored.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../api-server.ts';
import type { ApiRequest, ApiResponse, UserInfo, WatchBody } from '../handler.ts';

export const ADMIN: UserInfo = { name: 'admin', groups: ['system:masters'] };
const TEST_START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const VERSION = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.24.6',
  compiler: 'gc',
  platform: 'linux/amd64',
};

export interface CallOptions {
  readonly user?: UserInfo;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** What a test sees of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in JSON, parsed again: what a client on the wire would see. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of any shape
  readonly value: any;
  readonly response: ApiResponse;
}

/** An API server over a memory store, on a virtual clock, with a client that speaks JSON. */
export class TestServer {
  readonly clock = new VirtualClock(
    TEST_START_MS,
    () => new Promise((resolve) => setImmediate(resolve)),
  );
  readonly store: MemoryStore<Stored>;
  readonly server: ApiServer;

  constructor(kinds?: readonly Kind[], options: Partial<ApiServerOptions> = {}) {
    this.store = (options.store as MemoryStore<Stored>) ?? new MemoryStore(storedCodec);
    this.server = createApiServer({
      store: this.store,
      kinds: kinds ?? [configMapKind, namespaceKind],
      clock: this.clock,
      prng: seededPrng(1),
      log: silentLog,
      authorizer: { authorize: () => ({ type: 'allow' }) },
      version: VERSION,
      admission: [],
      ...options,
    });
  }

  /** Calls the handler; `body` goes as JSON bytes, a string or bytes as they are. */
  async call(
    method: ApiRequest['method'],
    url: string,
    body?: unknown,
    options: CallOptions = {},
  ): Promise<Answer> {
    const [path = '', query = ''] = url.split('?');
    const contentType = options.contentType ?? 'application/json';
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const bytes = Buffer.from(isRaw ? (body as string) : JSON.stringify(body ?? null));
    const response = await this.server.handler({
      method,
      path,
      query: new URLSearchParams(query),
      headers: { accept: 'application/json', ...options.headers },
      user: options.user ?? ADMIN,
      body: body === undefined ? null : { type: 'bytes', contentType, bytes },
      signal: options.signal ?? new AbortController().signal,
    });
    return { status: response.status, headers: response.headers, value: parse(response), response };
  }

  /** Opens a watch; close it. */
  async watch(url: string, options: CallOptions = {}): Promise<WatchBody> {
    const { response } = await this.call('GET', url, undefined, options);
    if (response.body.type !== 'watch') throw new Error(`not a watch: ${response.status}`);
    return response.body;
  }
}

/** The lines of a watch's next frames, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into frames of any shape
export function takeLines(body: WatchBody, max = 100): any[] {
  return body.take(max).map((frame) => JSON.parse(Buffer.concat(frame.lineParts).toString()));
}

function parse({ body }: ApiResponse): unknown {
  switch (body.type) {
    case 'object':
      return JSON.parse(Buffer.from(body.encoded.json).toString());
    case 'list': {
      const { kind, apiVersion, metadata, items } = body;
      const parsed = items.map((item) => JSON.parse(Buffer.from(item.json).toString()));
      return { kind, apiVersion, metadata, items: parsed };
    }
    case 'table':
      return { ...body.head, rows: body.rows.map(({ json }) => JSON.parse(`${json}`)) };
    case 'bytes':
      return Buffer.from(body.bytes).toString();
    default:
      return null;
  }
}

/** A ConfigMap with one key. */
export function configMap(name: string, value = 'v', metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
    data: { k: value },
  };
}
