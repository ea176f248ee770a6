import type { Container, Pod } from '../generated/types.ts';
import type { ConfigRef, ConfigWatches } from './config-watch.ts';

/**
 * Watches the ConfigMaps and Secrets that a container could not start without, so that it starts
 * as soon as they are there. Nothing is watched for the environment of containers that run. Bounded
 * by the names in the containers' specs.
 */
export class EnvWatch {
  readonly #watches: ConfigWatches;
  readonly #changed: (containerName: string) => void;
  /** What ends the watches, by container name. */
  readonly #releases = new Map<string, (() => void)[]>();

  /** @param changed called with a container's name when what it refers to has come or changed */
  constructor(
    watches: ConfigWatches,
    signal: AbortSignal,
    changed: (containerName: string) => void,
  ) {
    this.#watches = watches;
    this.#changed = changed;
    const stopAll = () => {
      for (const name of [...this.#releases.keys()]) this.stop(name);
    };
    signal.addEventListener('abort', stopAll, { once: true });
  }

  /** Watches what `container` refers to; does nothing when it does already. */
  start(pod: Pod, container: Container): void {
    if (this.#releases.has(container.name)) return;
    const refs = envRefs(container, pod.metadata.namespace ?? '');
    const changed = (version: string | null) => {
      if (version !== null) this.#changed(container.name);
    };
    const releases = refs.map((ref) => this.#watches.listen(ref, changed));
    this.#releases.set(container.name, releases);
  }

  /** Ends the watches for a container: it has started, or never will. */
  stop(containerName: string): void {
    for (const release of this.#releases.get(containerName) ?? []) release();
    this.#releases.delete(containerName);
  }
}

/** The ConfigMaps and Secrets in a container's environment, each once. */
export function envRefs(container: Container, namespace: string): ConfigRef[] {
  const names = { configmaps: new Set<string>(), secrets: new Set<string>() };
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef?.name) names.configmaps.add(configMapRef.name);
    if (secretRef?.name) names.secrets.add(secretRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef?.name) names.configmaps.add(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef?.name) names.secrets.add(valueFrom.secretKeyRef.name);
  }
  return (['configmaps', 'secrets'] as const).flatMap((resource) =>
    [...names[resource]].map((name) => ({ resource, namespace, name })),
  );
}
