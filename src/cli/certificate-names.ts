import type { CertificateNames } from '../host/pki/certificates.ts';
import type { Machine } from '../kubelet/edges.ts';
import { addressInCidr, type ClusterSettings } from './cluster-file.ts';

/** The API as processes of this machine reach it. */
export const LOCAL_HOST = '127.0.0.1';

/** Every name and address at which the API of a cluster is reached. */
export function certificateNames(
  { serviceCidr }: ClusterSettings,
  { hostname, internalIp }: Pick<Machine, 'hostname' | 'internalIp'>,
): CertificateNames {
  const service = 'kubernetes.default.svc';
  return {
    dnsNames: [
      'localhost',
      hostname,
      'kubernetes',
      'kubernetes.default',
      service,
      `${service}.cluster.local`,
    ],
    ipAddresses: [LOCAL_HOST, internalIp, addressInCidr(serviceCidr, 1)],
  };
}
