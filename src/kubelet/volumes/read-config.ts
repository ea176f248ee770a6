import type { ConfigMap, Secret } from '../../generated/types.ts';
import type { ConfigRef } from '../config-watch.ts';
import { MountError, type VolumeContext } from './volume-type.ts';

interface ConfigObjects {
  readonly configmaps: ConfigMap;
  readonly secrets: Secret;
}

const WORDS = { configmaps: 'configmap', secrets: 'secret' } as const;

/**
 * The newest state of a ConfigMap or Secret that a volume shows; null for an optional one that does
 * not exist.
 *
 * @throws MountError when it cannot be read
 */
export async function readConfig<R extends ConfigRef['resource']>(
  resource: R,
  name: string,
  optional: boolean,
  { pod, node, saw }: VolumeContext,
): Promise<ConfigObjects[R] | null> {
  const { namespace = '' } = pod.metadata;
  const { config } = node;
  let found: ConfigMap | Secret | null;
  try {
    found = await (resource === 'secrets'
      ? config.secret(namespace, name)
      : config.configMap(namespace, name));
  } catch (error) {
    throw new MountError(error instanceof Error ? error.message : String(error));
  }
  saw({ resource, namespace, name }, found?.metadata?.resourceVersion ?? null);
  if (found === null && !optional) throw new MountError(`${WORDS[resource]} "${name}" not found`);
  return found as ConfigObjects[R] | null;
}
