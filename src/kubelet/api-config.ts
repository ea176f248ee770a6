import type { Client } from '../client/client.ts';
import { configMaps, secrets } from '../client/resources.ts';
import { isReason } from '../objects/api-error.ts';
import type { ConfigSource } from './container-env.ts';
import { StartError } from './start-error.ts';

/** ConfigMaps and Secrets read from the API when they are needed. */
export function apiConfig(client: Client): ConfigSource {
  return {
    configMap: (namespace, name) => orNull(client.get(configMaps, name, namespace)),
    secret: (namespace, name) => orNull(client.get(secrets, name, namespace)),
  };
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isReason(error, 'NotFound')) return null;
    const message = error instanceof Error ? error.message : String(error);
    throw new StartError('CreateContainerConfigError', message);
  }
}
