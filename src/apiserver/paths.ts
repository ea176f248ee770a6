import type { TokenSettings } from './authentication/authentication.ts';
import { answerIssuer, DISCOVERY_PATH, JWKS_PATH } from './authentication/discovery.ts';
import { aggregatedDiscovery, DISCOVERY_GROUP } from './discovery/aggregated.ts';
import { coreVersions, groupList, groupOf, resourceList } from './discovery/plain.ts';
import { methodNotAllowed, noSuchResource } from './errors.ts';
import type { ApiRequest, ApiResponse } from './handler.ts';
import { answerHealth, type HealthCheck, isHealthPath } from './health.ts';
import type { KindTable, Resource } from './kind-table.ts';
import { DISCOVERY_FORMS, negotiate } from './negotiate.ts';
import { objectResponse, valueResponse } from './respond.ts';
import { LazyEncoded } from './shapes.ts';

/** version.Info: what /version answers. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/** What the answers to paths that name no resource are made of. */
export interface PathParts {
  readonly kinds: KindTable;
  readonly version: VersionInfo;
  readonly serverAddress: string;
  /** How tokens are known; without it there are none. */
  readonly tokens: TokenSettings | undefined;
  readonly metrics: (() => Promise<string>) | undefined;
  /** Answers paths below /openapi; null for those that it does not know. */
  readonly openapi: (request: ApiRequest) => Promise<ApiResponse | null>;
  readonly healthChecks: readonly HealthCheck[];
}

/**
 * Answers discovery, health, version, metrics and OpenAPI.
 *
 * @throws ApiError NotFound, MethodNotAllowed, NotAcceptable
 */
export async function answerPath(parts: PathParts, request: ApiRequest): Promise<ApiResponse> {
  const path = request.path.replace(/\/+$/, '') || '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw isKnown(path) ? methodNotAllowed() : noSuchResource();
  }
  if (path === '/') return valueResponse({ paths: pathsOf(parts) });
  if (path === '/version') return valueResponse(parts.version);
  if (isHealthPath(path)) return answerHealth(path, request.query, parts.healthChecks);
  if (path === '/api' || path.startsWith('/api/') || isBelowApis(path)) {
    return answerDiscovery(parts, path, request);
  }
  if (path === '/metrics' && parts.metrics !== undefined) {
    return {
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: { type: 'bytes', bytes: Buffer.from(await parts.metrics()) },
    };
  }
  const issuer = parts.tokens && answerIssuer(parts.tokens, path);
  if (issuer) return issuer;
  if (path.startsWith('/openapi/')) {
    const answer = await parts.openapi(request);
    if (answer !== null) return answer;
  }
  throw noSuchResource();
}

function isBelowApis(path: string): boolean {
  return path === '/apis' || path.startsWith('/apis/');
}

function isKnown(path: string): boolean {
  return path === '/version' || path === '/api' || path === '/apis' || isHealthPath(path);
}

function answerDiscovery(parts: PathParts, path: string, request: ApiRequest): ApiResponse {
  const all = parts.kinds.all();
  const [, root, group = '', version = '', more] = path.split('/');
  // A resource whose name cannot be read ends up here as well.
  if (more !== undefined || (root === 'api' && version !== '')) throw noSuchResource();
  const isRoot = group === '';
  if (isRoot) {
    const format = negotiate(request.headers.accept, DISCOVERY_FORMS);
    if (format.form === 'discovery') return aggregated(all, root === 'api', format.version);
    return valueResponse(root === 'api' ? coreVersions(all, parts.serverAddress) : groupList(all));
  }
  const value =
    root === 'api'
      ? resourceList(all, '', group)
      : version === ''
        ? groupOf(all, group)
        : resourceList(all, group, version);
  if (value === null) throw noSuchResource();
  return valueResponse(value);
}

function aggregated(all: readonly Resource[], isCore: boolean, version: string): ApiResponse {
  const served = all.filter(({ kind }) => (kind.group === '') === isCore);
  const type = `application/json;g=${DISCOVERY_GROUP};v=${version};as=APIGroupDiscoveryList`;
  const answer = new LazyEncoded(aggregatedDiscovery(served, version));
  return objectResponse(answer, 200, { 'content-type': type, vary: 'Accept' });
}

/** Every path that leads somewhere, sorted. */
function pathsOf(parts: PathParts): string[] {
  const paths = new Set(['/api', '/apis', '/version']);
  for (const { kind } of parts.kinds.all()) {
    if (kind.group === '') paths.add(`/api/${kind.version}`);
    else paths.add(`/apis/${kind.group}`).add(`/apis/${kind.group}/${kind.version}`);
  }
  for (const endpoint of ['/healthz', '/livez', '/readyz']) {
    paths.add(endpoint);
    for (const { name } of parts.healthChecks) paths.add(`${endpoint}/${name}`);
  }
  if (parts.metrics !== undefined) paths.add('/metrics');
  if (parts.tokens !== undefined) paths.add(DISCOVERY_PATH).add(JWKS_PATH);
  paths.add('/openapi/v2').add('/openapi/v3');
  return [...paths].sort();
}
