import { ApiError, type Status } from '../objects/api-error.ts';
import type { ApiRequest, ApiResponse, Handler, ResponseBody, UserInfo } from './handler.ts';

/** The server itself, as the user of its own API. */
const APISERVER_USER: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

/** An object as it is written. */
export interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The API as the server itself uses it while it makes what every cluster has. */
export class BootstrapClient {
  readonly #handler: Handler;
  readonly #signal: AbortSignal;

  constructor(handler: Handler, signal: AbortSignal) {
    this.#handler = handler;
    this.#signal = signal;
  }

  /** The body of a GET; null where nothing is there. */
  async read(path: string): Promise<ResponseBody | null> {
    const response = await this.#call('GET', path, null);
    if (response.status === 404) return null;
    check(response);
    return response.body;
  }

  /** Adds `annotations` to the object at `path`. */
  async annotate(path: string, annotations: Readonly<Record<string, string>>): Promise<void> {
    const contentType = 'application/merge-patch+json';
    check(await this.#call('PATCH', path, { metadata: { annotations } }, contentType));
  }

  /** Creates `object` unless it is there. */
  async ensure(collection: string, object: Named): Promise<void> {
    const response = await this.#call('GET', `${collection}/${object.metadata.name}`, null);
    if (response.status !== 404) return check(response);
    check(await this.#call('POST', collection, object));
  }

  /** Creates `object`, or makes it like this. */
  async replace(collection: string, object: Named): Promise<void> {
    const path = `${collection}/${object.metadata.name}`;
    const response = await this.#call('PUT', path, object);
    if (response.status !== 404) return check(response);
    check(await this.#call('POST', collection, object));
  }

  #call(
    method: ApiRequest['method'],
    path: string,
    value: object | null,
    contentType = 'application/json',
  ): Promise<ApiResponse> {
    return this.#handler({
      method,
      path,
      query: new URLSearchParams(),
      headers: {},
      user: APISERVER_USER,
      body: value === null ? null : { type: 'value', contentType, value },
      signal: this.#signal,
    });
  }
}

function check({ status, body }: ApiResponse): void {
  if (status < 400) return;
  const answer = (body.type === 'object' ? body.encoded.object : {}) as Partial<Status>;
  const message = `bootstrap failed: ${answer.message ?? `status ${status}`}`;
  throw new ApiError('InternalError', message, answer.details);
}
