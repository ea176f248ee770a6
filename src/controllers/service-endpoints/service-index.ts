import type { Informer } from '../../client/informer.ts';
import type { Pod, Service } from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { isPodReady, isTerminal } from '../../objects/core/pod/conditions.ts';
import { objectKey } from '../../objects/meta.ts';

/** Whether controllers make endpoints of pods for this Service. */
export function hasEndpoints({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

/** What of a pod its endpoints show. */
function shown(pod: Pod): unknown {
  const { metadata, spec, status } = pod;
  const { nodeName, hostname, subdomain } = spec;
  return [
    metadata.labels,
    Boolean(metadata.deletionTimestamp),
    isPodReady(pod),
    isTerminal(pod),
    status?.podIPs ?? status?.podIP,
    [nodeName, hostname, subdomain],
  ];
}

/**
 * Tells which Services a change of a Service or a pod concerns. Services that select no pods are
 * told of only when they themselves change.
 *
 * Bounded by the live Services.
 */
export class ServiceIndex {
  readonly #services = new Map<string, Map<string, Service>>();
  readonly #concerned: (key: string) => void;

  constructor(
    services: Informer<Service>,
    pods: Informer<Pod>,
    concerned: (serviceKey: string) => void,
  ) {
    this.#concerned = concerned;
    services.subscribe({
      added: (service) => this.#set(service),
      updated: (service) => this.#set(service),
      deleted: (service) => this.#delete(service),
    });
    pods.subscribe({
      added: (pod) => this.#podChanged(pod),
      updated: (pod, old) => {
        if (equalJson(shown(pod), shown(old))) return;
        this.#podChanged(pod);
        if (!equalJson(pod.metadata.labels, old.metadata.labels)) this.#podChanged(old);
      },
      deleted: (pod) => this.#podChanged(pod),
    });
  }

  #set(service: Service): void {
    const namespace = service.metadata.namespace ?? '';
    const neighbours = this.#services.get(namespace) ?? new Map<string, Service>();
    neighbours.set(objectKey(service), service);
    this.#services.set(namespace, neighbours);
    this.#concerned(objectKey(service));
  }

  #delete(service: Service): void {
    const neighbours = this.#services.get(service.metadata.namespace ?? '');
    neighbours?.delete(objectKey(service));
    if (neighbours?.size === 0) this.#services.delete(service.metadata.namespace ?? '');
    this.#concerned(objectKey(service));
  }

  #podChanged({ metadata }: Pod): void {
    for (const [key, service] of this.#services.get(metadata.namespace ?? '') ?? []) {
      if (!hasEndpoints(service)) continue;
      const wanted = Object.entries(service.spec.selector ?? {});
      if (wanted.every(([label, value]) => metadata.labels?.[label] === value)) {
        this.#concerned(key);
      }
    }
  }
}
