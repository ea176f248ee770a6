import { dump, load } from 'js-yaml';

/** What a kubeconfig says about one cluster. Certificates and key are PEM. */
export interface ClusterAccess {
  /** Names the cluster, the user and the context alike. */
  readonly name: string;
  readonly server: string;
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

interface Named {
  readonly name: string;
  readonly [field: string]: unknown;
}

interface Kubeconfig {
  clusters?: Named[] | null;
  users?: Named[] | null;
  contexts?: Named[] | null;
  'current-context'?: string;
  [field: string]: unknown;
}

/** A kubeconfig for this cluster alone, as YAML. */
export function kubeconfigFor(access: ClusterAccess): string {
  return mergeKubeconfig('', access);
}

/**
 * Adds a cluster to a kubeconfig (YAML; '' for a new one), or replaces it there, and makes it the
 * current context, as kind and minikube do. All else stays.
 *
 * @throws Error when `text` is not a kubeconfig
 */
export function mergeKubeconfig(text: string, access: ClusterAccess): string {
  const config = parse(text);
  const { name } = access;
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  put(config, 'clusters', {
    name,
    cluster: { server: access.server, 'certificate-authority-data': base64(access.ca) },
  });
  put(config, 'users', {
    name,
    user: {
      'client-certificate-data': base64(access.clientCert),
      'client-key-data': base64(access.clientKey),
    },
  });
  put(config, 'contexts', { name, context: { cluster: name, user: name } });
  config['current-context'] = name;
  return dump(config, { lineWidth: -1 });
}

/** Takes a cluster out of a kubeconfig again; null when it is not in there. */
export function removeFromKubeconfig(text: string, name: string): string | null {
  const config = parse(text);
  let found = false;
  for (const section of ['clusters', 'users', 'contexts'] as const) {
    const entries = config[section] ?? [];
    const kept = entries.filter((entry) => entry.name !== name);
    found ||= kept.length < entries.length;
    config[section] = kept;
  }
  if (config['current-context'] === name) config['current-context'] = '';
  return found ? dump(config, { lineWidth: -1 }) : null;
}

function parse(text: string): Kubeconfig {
  const empty: Kubeconfig = { apiVersion: 'v1', kind: 'Config', preferences: {} };
  if (text.trim() === '') return empty;
  const config = load(text);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new Error('it holds no fields');
  }
  for (const section of ['clusters', 'users', 'contexts'] as const) {
    const entries = (config as Kubeconfig)[section] ?? [];
    if (!Array.isArray(entries)) throw new Error(`its ${section} are no list`);
  }
  return { ...empty, ...config };
}

function put(config: Kubeconfig, section: 'clusters' | 'users' | 'contexts', entry: Named): void {
  const entries = config[section] ?? [];
  const index = entries.findIndex(({ name }) => name === entry.name);
  config[section] =
    index < 0 ? [...entries, entry] : entries.map((old, at) => (at === index ? entry : old));
}
