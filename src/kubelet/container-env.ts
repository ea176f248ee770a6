import type {
  ConfigMap,
  Container,
  EnvFromSource,
  EnvVar,
  Pod,
  Secret,
} from '../generated/types.ts';
import { type PodPlace, podField, resourceField } from './downward.ts';
import { expand } from './expand.ts';
import { allContainers } from './pod-identity.ts';
import { StartError } from './start-error.ts';

/** Where values that live outside the pod come from. Answers null for what does not exist. */
export interface ConfigSource {
  configMap(namespace: string, name: string): Promise<ConfigMap | null>;
  secret(namespace: string, name: string): Promise<Secret | null>;
}

/**
 * A container's environment: `envFrom` in order, then `env`, whose values may name whatever was set
 * before and services, then the services' variables that nothing set (upstream's
 * makeEnvironmentVariables).
 *
 * @throws StartError CreateContainerConfigError with upstream's text when a source is missing
 */
export async function containerEnv(
  pod: Pod,
  container: Container,
  place: PodPlace,
  services: ReadonlyMap<string, string>,
  source: ConfigSource,
): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    for (const [key, value] of await valuesFrom(pod, from, source)) {
      result.set((from.prefix ?? '') + key, value);
    }
  }
  const lookUp = (name: string) => result.get(name) ?? services.get(name);
  for (const variable of container.env ?? []) {
    const value = await envValue(pod, container, variable, place, source, lookUp);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}

async function valuesFrom(
  pod: Pod,
  from: EnvFromSource,
  source: ConfigSource,
): Promise<Iterable<[string, string]>> {
  const namespace = pod.metadata.namespace ?? '';
  if (from.configMapRef !== undefined) {
    const { name = '', optional = false } = from.configMapRef;
    const configMap = await source.configMap(namespace, name);
    if (configMap === null && !optional) throw missing('configmap', name);
    return Object.entries(configMap?.data ?? {}).sort(byKey);
  }
  const { name = '', optional = false } = from.secretRef ?? {};
  const secret = await source.secret(namespace, name);
  if (secret === null && !optional) throw missing('secret', name);
  const entries = Object.entries(secret?.data ?? {}).sort(byKey);
  return entries.map(([key, value]) => [key, decode(value)]);
}

async function envValue(
  pod: Pod,
  container: Container,
  variable: EnvVar,
  place: PodPlace,
  source: ConfigSource,
  lookUp: (name: string) => string | undefined,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (from === undefined) return expand(variable.value ?? '', lookUp);
  if (from.fieldRef !== undefined) {
    const value = podField(pod, place, from.fieldRef.fieldPath);
    if (value === undefined) {
      throw configError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    }
    return value;
  }
  if (from.resourceFieldRef !== undefined) {
    const { containerName } = from.resourceFieldRef;
    const target = containerName
      ? allContainers(pod).find(({ name }) => name === containerName)
      : container;
    if (target === undefined) throw configError(`container ${containerName} not found`);
    return resourceField(target, place, from.resourceFieldRef);
  }
  if (from.configMapKeyRef !== undefined) {
    const { name = '', key, optional = false } = from.configMapKeyRef;
    const configMap = await source.configMap(pod.metadata.namespace ?? '', name);
    if (configMap === null && !optional) throw missing('configmap', name);
    return keyOf(pod, 'ConfigMap', name, key, optional, configMap?.data?.[key]);
  }
  const { name = '', key = '', optional = false } = from.secretKeyRef ?? {};
  const secret = await source.secret(pod.metadata.namespace ?? '', name);
  if (secret === null && !optional) throw missing('secret', name);
  const value = secret?.data?.[key];
  const text = value === undefined ? undefined : decode(value);
  return keyOf(pod, 'Secret', name, key, optional, text);
}

function keyOf(
  pod: Pod,
  kind: string,
  name: string,
  key: string,
  optional: boolean,
  value: string | undefined,
): string | undefined {
  if (value !== undefined || optional) return value;
  throw configError(`couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`);
}

function missing(kind: string, name: string): StartError {
  return configError(`${kind} "${name}" not found`);
}

function configError(message: string): StartError {
  return new StartError('CreateContainerConfigError', message);
}

/** What is not UTF-8 becomes U+FFFD, as it does upstream on its way through the runtime's JSON. */
function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
