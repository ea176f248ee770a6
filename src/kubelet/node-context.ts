import type { BackOff } from '../base/back-off.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Prng } from '../base/prng.ts';
import type { Tracer } from '../base/tracer.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Container, Pod, Service } from '../generated/types.ts';
import type { PodCgroups } from './cgroups/pod-cgroups.ts';
import type { ConfigWatches } from './config-watch.ts';
import type { ConfigSource } from './container-env.ts';
import { containerHash } from './container-hash.ts';
import type { DnsSettings } from './dns-config.ts';
import type { NodeEdges } from './edges.ts';
import type { ImagePuller } from './image-puller.ts';
import type { HandlerFeatures, Runtime } from './runtime.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import type { StartGate } from './start-gate.ts';
import type { UserNamespaces } from './user-namespaces.ts';

/** What all pods of a node share. */
export interface NodeContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly runtime: Runtime;
  readonly cache: RuntimeCache;
  readonly edges: NodeEdges;
  readonly images: ImagePuller;
  readonly recorder: EventRecorder;
  /** Whose turn it is to start something. */
  readonly starts: StartGate;
  /** Delays of container restarts, by {@link restartKey}. */
  readonly restarts: BackOff;
  readonly config: ConfigSource;
  readonly configWatches: ConfigWatches;
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  readonly dns: DnsSettings;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly cgroups: PodCgroups;
  /** `containerd` in `containerd://<id>`. */
  readonly runtimeName: string;
  /** What the runtime can do for pods. */
  readonly features: HandlerFeatures;
  readonly userNamespaces: UserNamespaces;
  services(): Iterable<Service>;
  /** How long this kubelet has run, in ms. */
  uptimeMs(): number;
}

/** The key by which restarts of a container are delayed: a changed one starts anew. */
export function restartKey(pod: Pod, container: Container): string {
  return `${pod.metadata.uid}_${container.name}_${containerHash(container)}`;
}
