import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { Home } from '../home.ts';
import { UserError } from '../user-error.ts';
import type { ClusterAccess } from './kubeconfig.ts';

interface OwnKubeconfig {
  readonly clusters: readonly [
    { name: string; cluster: { server: string; 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { user: { 'client-certificate-data': string; 'client-key-data': string } },
  ];
}

/**
 * Reads back the access that the cluster's own kubeconfig gives.
 *
 * @throws UserError when there is no cluster
 */
export async function readAccess(home: Home): Promise<ClusterAccess> {
  const text = await readFile(home.kubeconfig, 'utf8').catch(() => null);
  if (text === null) throw new UserError(`no cluster in ${home.folder} yet: run 'proa up' first`);
  const { clusters, users } = load(text) as OwnKubeconfig;
  const [{ name, cluster }] = clusters;
  const [{ user }] = users;
  const pem = (base64: string) => Buffer.from(base64, 'base64').toString();
  return {
    name,
    server: cluster.server,
    ca: pem(cluster['certificate-authority-data']),
    clientCert: pem(user['client-certificate-data']),
    clientKey: pem(user['client-key-data']),
  };
}
