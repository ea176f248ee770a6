import type { Node, Pod } from '../generated/types.ts';
import { claimsOf } from '../objects/core/pod/claims.ts';
import { type HostPort, hostPorts, type PortTable } from '../objects/core/pod/host-ports.ts';
import { type Amounts, amountsOf, placedRequests } from '../objects/core/pod/resources.ts';
import { type AffinityDemand, affinityDemandOf } from './neighbours/affinity-demand.ts';
import { type AffinityTerm, requiredTerms } from './neighbours/affinity-term.ts';
import type { Neighbourhood } from './neighbours/neighbourhood.ts';
import { type Spread, spreadDemandOf } from './neighbours/spread-demand.ts';
import type { VolumeDemand } from './volumes/volume-demand.ts';

/** What a pod without requests counts for in scores, so that such pods spread too (upstream's). */
const DEFAULT_CPU_NANOS = 100_000_000n;
const DEFAULT_MEMORY_NANOS = 200n * 1024n * 1024n * 1_000_000_000n;

/** Billionths of each resource by name. */
export type Nanos = ReadonlyMap<string, bigint>;

/** What filters and scores need to know of a pod, worked out once. */
export interface PodDemand {
  readonly pod: Pod;
  readonly requests: Nanos;
  /** Requests as scores count them: never zero. */
  readonly scoredCpu: bigint;
  readonly scoredMemory: bigint;
  readonly hostPorts: readonly HostPort[];
  /** Keys of the claims it uses. */
  readonly claims: readonly string[];
  /** What these ask of a node; null for a pod without claims. */
  readonly volumes: VolumeDemand | null;
  /** Which pods it does not want near. */
  readonly antiAffinity: readonly AffinityTerm[];
  /** Where it may go for its affinity to other pods, and theirs to it; null for anywhere. */
  readonly affinity: AffinityDemand | null;
  /** How pods like it are spread, where that may keep it from a node. */
  readonly spreads: readonly Spread[];
}

/** A node and what its pods take of it. */
export interface NodeState {
  readonly name: string;
  readonly node: Node;
  readonly allocatable: Nanos;
  readonly podCount: number;
  readonly requested: Nanos;
  readonly scoredCpu: bigint;
  readonly scoredMemory: bigint;
  readonly ports: PortTable;
}

function nanosOf(amounts: Amounts): Nanos {
  return new Map([...amounts].map(([name, { nanos }]) => [name, nanos]));
}

/** Works out what `pod` asks of a node. `volumes` and `around` are needed only to choose one. */
export function demandOf(
  pod: Pod,
  volumes: VolumeDemand | null = null,
  around: Neighbourhood | null = null,
): PodDemand {
  const requests = nanosOf(placedRequests(pod));
  return {
    pod,
    requests,
    scoredCpu: requests.get('cpu') || DEFAULT_CPU_NANOS,
    scoredMemory: requests.get('memory') || DEFAULT_MEMORY_NANOS,
    hostPorts: hostPorts(pod),
    claims: claimsOf(pod).map(({ claim }) => `${pod.metadata.namespace}/${claim}`),
    volumes,
    antiAffinity: requiredTerms(pod, pod.spec.affinity?.podAntiAffinity),
    affinity: around && affinityDemandOf(pod, around),
    spreads: around === null ? [] : spreadDemandOf(pod, around),
  };
}

/** What `node` offers to pods. */
export function allocatableOf(node: Node): Nanos {
  return nanosOf(amountsOf(node.status?.allocatable));
}
