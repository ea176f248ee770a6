import type { Pod } from '../generated/types.ts';
import type { ConfigSource } from './container-env.ts';
import type { RegistryAuth } from './runtime.ts';

interface AuthEntry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
}

/** The credentials in a pod's imagePullSecrets that are for the image's registry. */
export async function pullSecrets(
  pod: Pod,
  image: string,
  config: ConfigSource,
): Promise<RegistryAuth[]> {
  const auths: RegistryAuth[] = [];
  for (const { name = '' } of pod.spec.imagePullSecrets ?? []) {
    // A secret that is missing or damaged is passed over, as upstream does: the pull will tell.
    const secret = await config.secret(pod.metadata.namespace ?? '', name).catch(() => null);
    for (const [server, entry] of entriesOf(secret?.data ?? {})) {
      const auth = registryOf(image) === hostOf(server) ? authOf(entry) : null;
      if (auth !== null) auths.push(auth);
    }
  }
  return auths;
}

function entriesOf(data: Readonly<Record<string, string>>): [string, AuthEntry][] {
  const modern = data['.dockerconfigjson'];
  const old = data['.dockercfg'];
  try {
    const parsed: unknown = JSON.parse(decode(modern ?? old ?? '') || '{}');
    const auths = modern === undefined ? parsed : (parsed as { auths?: unknown }).auths;
    return Object.entries((auths ?? {}) as Record<string, AuthEntry>);
  } catch {
    return [];
  }
}

function authOf({ username, password, auth }: AuthEntry): RegistryAuth | null {
  if (username !== undefined) return { username, password: password ?? '' };
  const text = decode(auth ?? '');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The registry that an image name means: Docker Hub where it names no host. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'index.docker.io';
}

function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'docker.io' ? 'index.docker.io' : host;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
