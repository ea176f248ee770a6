import type {
  ApiRequest,
  ApiResponse,
  EncodedObject,
  Handler,
  RequestBody,
  UserInfo,
  WatchBody,
} from '../apiserver/handler.ts';
import { ApiError, type Status, type StatusReason } from '../objects/api-error.ts';
import type { Resource } from './resources.ts';

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly resourceVersion: string;
}

export interface ListResult<T> {
  /** Frozen and shared: never change them. */
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue: string;
}

/** A list whose objects are not parsed yet. */
export interface EncodedList {
  readonly items: readonly EncodedObject[];
  readonly resourceVersion: string;
  readonly continue: string;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly uid?: string;
  readonly resourceVersion?: string;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

const NEVER = new AbortController().signal;

/**
 * The API as one of its users sees it, through a {@link Handler}: in this process or on another
 * machine. Every method throws {@link ApiError} with upstream's reason. Objects that come back may
 * be shared with others in the process and are frozen.
 */
export class Client {
  readonly #handler: Handler;
  readonly #user: UserInfo;
  readonly #userAgent: string;

  constructor(handler: Handler, user: UserInfo, userAgent = user.name) {
    this.#handler = handler;
    this.#user = user;
    this.#userAgent = userAgent;
  }

  /** @throws ApiError NotFound */
  get<T>(resource: Resource<T>, name: string, namespace = ''): Promise<T> {
    return this.#object('GET', pathOf(resource, namespace, name), null);
  }

  async list<T>(resource: Resource<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    const { items, ...rest } = await this.listEncoded(resource, options);
    return { items: items.map((item) => item.object as T), ...rest };
  }

  /** As {@link list}, for who takes in many objects and lets others run between. */
  async listEncoded(resource: Resource<unknown>, options: ListOptions = {}): Promise<EncodedList> {
    const { namespace = '', ...rest } = options;
    const response = await this.#call('GET', pathOf(resource, namespace), null, toQuery(rest));
    const { body } = response;
    if (body.type !== 'list') throw unexpected(body.type);
    return {
      items: body.items,
      resourceVersion: String(body.metadata.resourceVersion ?? ''),
      continue: String(body.metadata.continue ?? ''),
    };
  }

  /**
   * Events after `options.resourceVersion`. The caller closes it.
   *
   * @throws ApiError Expired when that version is no longer kept
   */
  async watch<T>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): Promise<WatchBody> {
    const { namespace = '', ...rest } = options;
    const query = toQuery({ ...rest, watch: 'true', allowWatchBookmarks: 'true' });
    const { body } = await this.#call('GET', pathOf(resource, namespace), null, query, signal);
    if (body.type !== 'watch') throw unexpected(body.type);
    return body;
  }

  /** `object` is handed over: do not change it after. Namespace and kind come from it. */
  create<T extends object>(resource: Resource<T>, object: T): Promise<T> {
    const namespace = metadataOf(object).namespace ?? '';
    return this.#object('POST', pathOf(resource, namespace), valueBody(resource, object));
  }

  /** @throws ApiError Conflict when `object` is not the newest revision */
  update<T extends object>(resource: Resource<T>, object: T, subresource = ''): Promise<T> {
    const { namespace = '', name = '' } = metadataOf(object);
    const path = pathOf(resource, namespace, name, subresource);
    return this.#object('PUT', path, valueBody(resource, object));
  }

  patch<T>(
    resource: Resource<T>,
    target: { readonly name: string; readonly namespace?: string; readonly subresource?: string },
    type: keyof typeof PATCH_TYPES,
    patch: unknown,
  ): Promise<T> {
    const path = pathOf(resource, target.namespace ?? '', target.name, target.subresource);
    const contentType = PATCH_TYPES[type];
    return this.#object('PATCH', path, { type: 'value', contentType, value: patch });
  }

  /** POSTs `body` to a subresource such as `binding`. */
  async act<T>(
    resource: Resource<T>,
    target: { readonly name: string; readonly namespace?: string; readonly subresource: string },
    body: object,
  ): Promise<void> {
    const path = pathOf(resource, target.namespace ?? '', target.name, target.subresource);
    await this.#call('POST', path, { type: 'value', contentType: 'application/json', value: body });
  }

  /** POSTs `body` to a subresource such as `token` and answers what it became. */
  ask<T>(
    resource: Resource<unknown>,
    target: { readonly name: string; readonly namespace?: string; readonly subresource: string },
    body: object,
  ): Promise<T> {
    const path = pathOf(resource, target.namespace ?? '', target.name, target.subresource);
    return this.#object('POST', path, {
      type: 'value',
      contentType: 'application/json',
      value: body,
    });
  }

  /** @throws ApiError NotFound, or Conflict when a precondition fails */
  async delete<T>(
    resource: Resource<T>,
    name: string,
    namespace = '',
    options: DeleteOptions = {},
  ): Promise<void> {
    const { uid, resourceVersion, ...rest } = options;
    const preconditions =
      uid === undefined && resourceVersion === undefined ? {} : { uid, resourceVersion };
    const value = { apiVersion: 'v1', kind: 'DeleteOptions', ...rest, preconditions };
    await this.#call('DELETE', pathOf(resource, namespace, name), {
      type: 'value',
      contentType: 'application/json',
      value,
    });
  }

  async #object<T>(
    method: ApiRequest['method'],
    path: string,
    body: RequestBody | null,
  ): Promise<T> {
    const response = await this.#call(method, path, body);
    if (response.body.type !== 'object') throw unexpected(response.body.type);
    return response.body.encoded.object as T;
  }

  async #call(
    method: ApiRequest['method'],
    path: string,
    body: RequestBody | null,
    query = new URLSearchParams(),
    signal = NEVER,
  ): Promise<ApiResponse> {
    const headers = { accept: 'application/json', 'user-agent': this.#userAgent };
    const user = this.#user;
    const response = await this.#handler({ method, path, query, headers, user, body, signal });
    if (response.status >= 400) throw toError(response);
    return response;
  }
}

/** The path of a resource, an object or a subresource. */
export function pathOf(
  resource: Pick<Resource<unknown>, 'group' | 'version' | 'plural' | 'namespaced'>,
  namespace: string,
  name = '',
  subresource = '',
): string {
  const { group, version, plural, namespaced } = resource;
  let path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  if (namespaced && namespace !== '') path += `/namespaces/${encodeURIComponent(namespace)}`;
  path += `/${plural}`;
  if (name !== '') path += `/${encodeURIComponent(name)}`;
  if (subresource !== '') path += `/${subresource}`;
  return path;
}

function toQuery(options: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query;
}

function metadataOf(object: object): { name?: string; namespace?: string } {
  return (object as { metadata?: { name?: string; namespace?: string } }).metadata ?? {};
}

function valueBody(resource: Resource<unknown>, object: object): RequestBody {
  const { group, version, kind } = resource;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return {
    type: 'value',
    contentType: 'application/json',
    value: { ...object, apiVersion, kind },
  };
}

function toError(response: ApiResponse): ApiError {
  const { body } = response;
  const status = (body.type === 'object' ? body.encoded.object : {}) as Partial<Status>;
  const reason = (status.reason ?? 'InternalError') as StatusReason;
  return new ApiError(reason, status.message ?? `status ${response.status}`, status.details);
}

function unexpected(type: string): ApiError {
  return new ApiError('InternalError', `the API answered a body of type ${type}`);
}
