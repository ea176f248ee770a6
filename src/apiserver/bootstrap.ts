import type { Status } from '../objects/api-error.ts';
import { ApiError } from '../objects/api-error.ts';
import type { ApiRequest, ApiResponse, Handler, UserInfo } from './handler.ts';

/** The server itself, as the user of its own API. */
const APISERVER_USER: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

const NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];
const SERVICE_NAME = 'kubernetes';

export interface BootstrapOptions {
  /** The address that pods reach the API under: the first of the service range. */
  readonly clusterIp: string;
  /** Where the API really listens. */
  readonly advertise: { readonly address: string; readonly port: number };
}

/**
 * Makes what every cluster has: the system's namespaces, and the Service `kubernetes` with its
 * endpoints. What is there already stays; endpoints follow the address.
 *
 * @throws ApiError what the API answers
 */
export async function bootstrap(
  handler: Handler,
  options: BootstrapOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = new BootstrapClient(handler, signal);
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  // What is written together waits for the disk together.
  await Promise.all(NAMESPACES.map((name) => client.ensure('/api/v1/namespaces', namespace(name))));
  await Promise.all([
    client.ensure('/api/v1/namespaces/default/services', serviceOf(options)),
    ...publishAddress(client, options),
  ]);
}

/** The Service's one endpoint: where the API listens at present. */
function publishAddress(client: BootstrapClient, options: BootstrapOptions): Promise<void>[] {
  const { address, port } = options.advertise;
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: SERVICE_NAME,
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: address }], ports }],
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: SERVICE_NAME, labels: { 'kubernetes.io/service-name': SERVICE_NAME } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  return [
    client.replace('/api/v1/namespaces/default/endpoints', endpoints),
    client.replace('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice),
  ];
}

function serviceOf({ clusterIp, advertise }: BootstrapOptions): Named {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: SERVICE_NAME,
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: advertise.port }],
    },
  };
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

class BootstrapClient {
  readonly #handler: Handler;
  readonly #signal: AbortSignal;

  constructor(handler: Handler, signal: AbortSignal) {
    this.#handler = handler;
    this.#signal = signal;
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

  #call(method: ApiRequest['method'], path: string, value: Named | null): Promise<ApiResponse> {
    return this.#handler({
      method,
      path,
      query: new URLSearchParams(),
      headers: {},
      user: APISERVER_USER,
      body: value === null ? null : { type: 'value', contentType: 'application/json', value },
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
