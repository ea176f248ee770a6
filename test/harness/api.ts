import { Agent, type RequestOptions, request } from 'node:https';
import type { ClusterAccess } from '../../src/cli/kubeconfig/kubeconfig.ts';

/** An answer of the API, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface ApiRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Talks HTTPS to a cluster, as its administrator or as nobody. */
export class Api {
  readonly #access: ClusterAccess;
  readonly #agent: Agent;

  /** @param identity which client certificate to show: the administrator's, or none */
  constructor(access: ClusterAccess, identity: 'admin' | 'anonymous' = 'admin') {
    this.#access = access;
    const { ca, clientCert: cert, clientKey: key } = access;
    this.#agent = new Agent({ keepAlive: true, ca, ...(identity === 'admin' && { cert, key }) });
  }

  /** What node:https needs to reach the cluster in the same way. */
  options(path: string): RequestOptions {
    const { hostname, port } = new URL(this.#access.server);
    return { host: hostname, port, path, agent: this.#agent };
  }

  /** Sends a request and reads the whole answer. Throws when the connection breaks. */
  request(path: string, { method = 'GET', headers = {}, body }: ApiRequest = {}) {
    return new Promise<ApiAnswer>((resolve, reject) => {
      const outgoing = request({ ...this.options(path), method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Reads an object or a list; undefined when there is none. */
  async get<T>(path: string): Promise<T | undefined> {
    const { status, text } = await this.request(path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Sends an object as JSON and reads the answer; throws on anything but success. */
  async send<T>(method: 'POST' | 'PUT', path: string, object: unknown): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    const { status, text } = await this.request(path, {
      method,
      headers,
      body: JSON.stringify(object),
    });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}
