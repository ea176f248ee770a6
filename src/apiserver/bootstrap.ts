import { BootstrapClient, type Named } from './bootstrap-client.ts';
import { makeSystemNamespace } from './bootstrap-storage.ts';
import type { Handler } from './handler.ts';

const NAMESPACES = ['kube-public', 'kube-node-lease', 'default'];
const SERVICE_NAME = 'kubernetes';

export interface BootstrapOptions {
  /** The address that pods reach the API under: the first of the service range. */
  readonly clusterIp: string;
  /** Where the API really listens. */
  readonly advertise: { readonly address: string; readonly port: number };
}

/**
 * Makes what every cluster has: the system's namespaces, a default StorageClass, and the Service
 * `kubernetes` with its endpoints. What is there already stays; endpoints follow the address.
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
  const system = makeSystemNamespace(client);
  await Promise.all(NAMESPACES.map((name) => client.ensure('/api/v1/namespaces', namespace(name))));
  await Promise.all([
    system,
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
