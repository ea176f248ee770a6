import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Prng } from '../base/prng.ts';
import { AbandonedError } from '../base/slices.ts';
import { ApiError } from '../objects/api-error.ts';
import { isStored, type Kind, resourceName } from '../objects/kind.ts';
import { CompactedError, OverloadedError, type Store, StoreError } from '../storage/store.ts';
import type { Stored } from '../storage/stored.ts';
import { AdmissionChain, type AdmissionPlugin } from './admission/admission.ts';
import { defaultPlugins } from './admission/default-plugins.ts';
import { DEFAULT_SERVICE_RANGES, type ServiceRanges } from './admission/service-allocation.ts';
import { Authentication, type TokenSettings } from './authentication/authentication.ts';
import { type Attributes, type Authorizer, denied } from './authorization/authorizer.ts';
import { defaultAuthorizer } from './authorization/default-authorizer.ts';
import { type Asked, askedOf, dispatch } from './dispatch.ts';
import { Expiry } from './expiry.ts';
import type { ApiRequest, ApiResponse, Handler, UserInfo } from './handler.ts';
import type { HealthCheck } from './health.ts';
import { DEFAULT_LIMITS, InFlight, type InFlightLimits, type Load } from './in-flight.ts';
import { KindTable } from './kind-table.ts';
import type { OpenApi } from './openapi/openapi.ts';
import { answerPath, type PathParts, type VersionInfo } from './paths.ts';
import { type ParseYaml, parseYaml } from './request-body.ts';
import { BUCKET_SECONDS, RequestMetrics } from './request-metrics.ts';
import { valueResponse, withWarning } from './respond.ts';
import type { RenderMetrics, ServerMetrics } from './server-metrics.ts';
import type { ComputedSource, NodeProxy, ServerParts } from './server-parts.ts';

export interface ApiServerOptions {
  readonly store: Store<Stored>;
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Log;
  /** By default {@link defaultAuthorizer}. */
  readonly authorizer?: Authorizer;
  readonly version: VersionInfo;
  /** Reads YAML bodies; by default js-yaml, loaded when first needed. */
  readonly parseYaml?: ParseYaml;
  /** In the order they are asked; by default {@link defaultPlugins}. */
  readonly admission?: readonly AdmissionPlugin[];
  readonly serviceRanges?: ServiceRanges;
  /** Without them there are no service account tokens. */
  readonly tokens?: TokenSettings;
  readonly limits?: InFlightLimits;
  /** `HOST:PORT` for discovery. */
  readonly serverAddress?: string;
  /** Answers /metrics in Prometheus' text form; without it there is none. */
  readonly metrics?: RenderMetrics;
  /** Beyond the server's own. */
  readonly healthChecks?: readonly HealthCheck[];
}

/** The API server: one function from requests to answers. */
export interface ApiServer {
  readonly handler: Handler;
  /** Whose bearer token this is; null when it is nobody's. */
  authenticate(token: string): Promise<UserInfo | null>;
  /** Kinds may be added and removed while it runs. */
  readonly kinds: KindTable;
  /** How logs and the like are fetched from nodes; until it is set they are unavailable. */
  setNodeProxy(proxy: NodeProxy): void;
  /** Where objects come from that are computed; until it is set they are unavailable. */
  setComputed(source: ComputedSource): void;
  /** Begins to drop expired objects, until `signal` aborts. Resolves when all are known. */
  start(signal: AbortSignal): Promise<void>;
}

/** Puts an API server together from its parts. It answers at once; `start` begins what goes on. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, clock, prng, log } = options;
  const kinds = new KindTable(options.kinds);
  const serviceRanges = options.serviceRanges ?? DEFAULT_SERVICE_RANGES;
  const plugins =
    options.admission ?? defaultPlugins({ store, kinds, clock, log, prng, serviceRanges });
  const admission = new AdmissionChain(plugins);
  const { tokens } = options;
  const authentication = tokens && new Authentication(tokens, { store, kinds, clock, prng });
  const parts: ServerParts = {
    store,
    kinds,
    clock,
    prng,
    log,
    admission,
    parseYaml: options.parseYaml ?? parseYaml,
    answers: authentication?.answers() ?? new Map(),
    nodeProxy: null,
    computed: null,
  };
  const server = new Server(parts, options);
  return {
    handler: (request) => server.handle(request),
    authenticate: async (token) => (await authentication?.authenticate(token)) ?? null,
    kinds,
    setNodeProxy(proxy) {
      parts.nodeProxy = proxy;
    },
    setComputed(source) {
      parts.computed = source;
    },
    async start(signal) {
      for (const resource of kinds.all()) {
        const { timeToLiveMs } = resource.kind;
        if (timeToLiveMs === undefined || !isStored(resource.kind)) continue;
        await new Expiry(store, resource, timeToLiveMs, clock, log).start(signal);
      }
    },
  };
}

class Server {
  readonly #parts: ServerParts;
  readonly #authorizer: Authorizer;
  readonly #inFlight: InFlight;
  readonly #paths: PathParts;
  readonly #requests = new RequestMetrics();

  constructor(parts: ServerParts, options: ApiServerOptions) {
    this.#parts = parts;
    this.#authorizer = options.authorizer ?? defaultAuthorizer(parts.store, parts.kinds);
    this.#inFlight = new InFlight(options.limits ?? DEFAULT_LIMITS);
    this.#paths = {
      kinds: parts.kinds,
      version: options.version,
      serverAddress: options.serverAddress ?? 'localhost:6443',
      tokens: options.tokens,
      metrics: options.metrics && (() => options.metrics!(this.#metrics(options.version))),
      openapi: lazyOpenApi(parts.kinds, options.version.gitVersion),
      healthChecks: [{ name: 'ping', check: () => null }, ...(options.healthChecks ?? [])],
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const startedAt = this.#parts.clock.monotonic();
    const course: Course = { asked: null, load: null };
    let response: ApiResponse;
    try {
      response = await this.#answer(request, course);
    } catch (error) {
      response = this.#failure(request, error);
    }
    return whenOver(request, response, () => {
      if (course.load !== null) this.#inFlight.leave(course.load);
      const ms = this.#parts.clock.monotonic() - startedAt;
      this.#count(request, course.asked, response.status, ms);
    });
  }

  async #answer(request: ApiRequest, course: Course): Promise<ApiResponse> {
    const asked = askedOf(request);
    course.asked = asked;
    await this.#authorize(request, asked);
    if (asked === null) {
      this.#enter(request, 'read', course);
      return answerPath(this.#paths, request);
    }
    const { call, handler, load } = dispatch(this.#parts.kinds, request, asked);
    this.#enter(request, load, course);
    const { deprecation } = call.resource.kind;
    const response = await handler(this.#parts, call);
    return deprecation === undefined ? response : withWarning(response, deprecation);
  }

  async #authorize(request: ApiRequest, asked: Asked | null): Promise<void> {
    const attributes = attributesOf(request, asked);
    const pending = this.#authorizer.authorize(attributes);
    const decision = pending instanceof Promise ? await pending : pending;
    if (decision.type !== 'allow') throw denied(attributes, decision);
  }

  #enter({ user }: ApiRequest, load: Load, course: Course): void {
    this.#inFlight.enter(load, user);
    course.load = load;
  }

  #count(request: ApiRequest, asked: Asked | null, code: number, ms: number): void {
    const { group = '', version = '', resource = '' } = asked?.target ?? {};
    const found = asked && this.#parts.kinds.get(group, version, resource);
    if (!asked || !found) {
      this.#requests.countPath(request.method, request.path, code, ms);
      return;
    }
    const dryRun = request.query.size > 0 && request.query.has('dryRun');
    this.#requests.countResource({ ...asked, dryRun }, found, code, ms);
  }

  #metrics(version: VersionInfo): ServerMetrics {
    const { store } = this.#parts;
    return {
      bucketSeconds: BUCKET_SECONDS,
      requests: () => this.#requests.series(),
      inFlight: (load) => this.#inFlight.count(load),
      objects: () => this.#objects(),
      revision: store.revision,
      compactedRevision: store.compactedRevision,
      version: { ...version },
    };
  }

  async #objects(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { kind, prefix } of this.#parts.kinds.all()) {
      if (!isStored(kind)) continue;
      counts.set(resourceName(kind), await this.#parts.store.count(prefix));
    }
    return counts;
  }

  #failure(request: ApiRequest, error: unknown): ApiResponse {
    const known = error instanceof ApiError ? error : this.#toApiError(request, error);
    const response = valueResponse(known.toStatus(), known.code);
    const retryAfter = known.details?.retryAfterSeconds;
    if (retryAfter === undefined) return response;
    return { ...response, headers: { ...response.headers, 'retry-after': String(retryAfter) } };
  }

  #toApiError(request: ApiRequest, error: unknown): ApiError {
    if (error instanceof OverloadedError) {
      const message = 'Too many requests, please try again later.';
      return new ApiError('TooManyRequests', message, { retryAfterSeconds: 1 });
    }
    if (error instanceof CompactedError) {
      return new ApiError('Expired', 'The resourceVersion for the provided list is too old.');
    }
    if (error instanceof AbandonedError) return new ApiError('Timeout', error.message);
    const { method, path } = request;
    this.#parts.log.error('request failed', { method, path, error: stackOf(error) });
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof StoreError) return new ApiError('ServiceUnavailable', why);
    return new ApiError('InternalError', `Internal error occurred: ${why}`, {
      causes: [{ reason: 'InternalError', message: why }],
    });
  }
}

/** OpenAPI from the table of kinds; its code and texts are loaded when first asked for. */
function lazyOpenApi(kinds: KindTable, version: string): PathParts['openapi'] {
  let loaded: Promise<OpenApi> | undefined;
  return async (request) => {
    loaded ??= import('./openapi/openapi.ts').then(
      (module) => new module.OpenApi(() => kinds.all().map(({ kind }) => kind), version),
    );
    return (await loaded).answer(request);
  };
}

/** What is known of a request under way. */
interface Course {
  asked: Asked | null;
  /** What it counts as, once it does. */
  load: Load | null;
}

/** Calls `done` when `response` is complete: a watch or stream only when its client is gone. */
function whenOver(request: ApiRequest, response: ApiResponse, done: () => void): ApiResponse {
  const { body } = response;
  if (body.type === 'watch') {
    const close = body.close.bind(body);
    let isDone = false;
    body.close = () => {
      close();
      if (!isDone) done();
      isDone = true;
    };
    // Its client may be gone already, and nobody would close it a second time.
    if (request.signal.aborted) body.close();
    return response;
  }
  if (body.type === 'command' || body.type === 'forward') {
    const close = () => {
      body.close();
      done();
    };
    return { ...response, body: { ...body, close } };
  }
  if (body.type === 'stream') {
    return { ...response, body: { type: 'stream', chunks: untilDone(body.chunks, done) } };
  }
  done();
  return response;
}

function attributesOf(request: ApiRequest, asked: Asked | null): Attributes {
  const { user } = request;
  if (asked === null) {
    return { type: 'path', user, verb: request.method.toLowerCase(), path: request.path };
  }
  const { group, resource, subresource, namespace, name } = asked.target;
  const { verb } = asked;
  return {
    type: 'resource',
    user,
    verb,
    group,
    resource,
    subresource,
    namespace: resource === 'namespaces' && namespace === '' ? name : namespace,
    name: name === '' ? pinnedName(request.query) : name,
  };
}

/** A list or watch of one name is authorized like a read of that name, as upstream does it. */
function pinnedName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector');
  return /^metadata\.name==?([^,=!\\]+)$/.exec(selector ?? '')?.[1] ?? '';
}

async function* untilDone(
  chunks: AsyncIterable<Uint8Array>,
  done: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } finally {
    done();
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
