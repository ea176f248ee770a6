import { Informer } from '../client/informer.ts';
import { configMaps, secrets } from '../client/resources.ts';
import type { Container, Pod } from '../generated/types.ts';
import type { NodeContext } from './node-context.ts';

/**
 * Watches the ConfigMaps and Secrets that a container could not start without, so that it starts
 * as soon as they are there. Nothing is watched for containers that run. Bounded by the names in
 * the container's spec.
 */
export class ConfigWatch {
  readonly #node: NodeContext;
  readonly #changed: (containerName: string) => void;
  /** By container name. */
  readonly #watches = new Map<string, AbortController>();

  /** @param changed called with a container's name when what it refers to has come or changed */
  constructor(node: NodeContext, signal: AbortSignal, changed: (containerName: string) => void) {
    this.#node = node;
    this.#changed = changed;
    const stopAll = () => {
      for (const name of [...this.#watches.keys()]) this.stop(name);
    };
    signal.addEventListener('abort', stopAll, { once: true });
  }

  /** Watches what `container` refers to; does nothing when it does already. */
  start(pod: Pod, container: Container): void {
    if (this.#watches.has(container.name)) return;
    const controller = new AbortController();
    this.#watches.set(container.name, controller);
    const { client, clock, log } = this.#node;
    const { namespace = '' } = pod.metadata;
    const refs = configRefs(container);
    const changed = () => this.#changed(container.name);
    for (const [resource, names] of [
      [configMaps, refs.configMaps],
      [secrets, refs.secrets],
    ] as const) {
      for (const name of names) {
        const options = { namespace, fieldSelector: `metadata.name=${name}` };
        const informer = new Informer<object>(client, clock, log, resource, options);
        informer.subscribe({ added: changed, updated: changed });
        void informer.run(controller.signal);
      }
    }
  }

  /** Ends the watches for a container: it has started, or never will. */
  stop(containerName: string): void {
    this.#watches.get(containerName)?.abort();
    this.#watches.delete(containerName);
  }
}

/** The names of ConfigMaps and Secrets in a container's environment. */
export function configRefs(container: Container): {
  configMaps: Set<string>;
  secrets: Set<string>;
} {
  const refs = { configMaps: new Set<string>(), secrets: new Set<string>() };
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef?.name) refs.configMaps.add(configMapRef.name);
    if (secretRef?.name) refs.secrets.add(secretRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef?.name) refs.configMaps.add(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef?.name) refs.secrets.add(valueFrom.secretKeyRef.name);
  }
  return refs;
}
