import type { Namespace, Node, Pod } from '../generated/types.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import { PortTable } from '../objects/core/pod/host-ports.ts';
import type { Neighbour, Neighbourhood } from './neighbours/neighbourhood.ts';
import {
  allocatableOf,
  demandOf,
  type Nanos,
  type NodeState,
  type PodDemand,
} from './node-state.ts';

interface Entry extends NodeState {
  /** Undefined while pods are known that are bound to a node not seen yet, or no more. */
  node: Node;
  allocatable: Nanos;
  podCount: number;
  readonly requested: Map<string, bigint>;
  scoredCpu: bigint;
  scoredMemory: bigint;
  exists: boolean;
}

interface Placed {
  readonly demand: PodDemand;
  readonly nodeName: string;
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? '';
}

/**
 * The cluster as the scheduler sees it: nodes, and what the pods on them take. A pod counts from
 * the moment it is assumed to be bound, before the API server says so.
 *
 * Bounded by the live nodes and pods.
 */
export class ClusterCache {
  readonly #entries = new Map<string, Entry>();
  readonly #placed = new Map<string, Placed>();
  /** Those of them that do not want every pod near. */
  readonly #choosy = new Map<string, Placed>();
  /** How many pods with a node use each claim. */
  readonly #claimUses = new Map<string, number>();

  /** The nodes there are, in the order in which they came. */
  nodes(): NodeState[] {
    return [...this.#entries.values()].filter(({ exists }) => exists);
  }

  setNode(node: Node): void {
    const entry = this.#entry(node.metadata.name ?? '');
    entry.node = node;
    entry.allocatable = allocatableOf(node);
    entry.exists = true;
  }

  removeNode(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.exists = false;
    this.#drop(entry);
  }

  /** Takes in a pod that has a node, or what became of it. */
  setPod(pod: Pod): void {
    this.removePod(pod);
    if (pod.spec.nodeName && !isTerminal(pod)) this.#place(demandOf(pod), pod.spec.nodeName);
  }

  removePod(pod: Pod): void {
    const placed = this.#placed.get(uidOf(pod));
    if (placed === undefined) return;
    this.#placed.delete(uidOf(pod));
    this.#choosy.delete(uidOf(pod));
    const entry = this.#entry(placed.nodeName);
    this.#count(entry, placed.demand, -1n);
    entry.ports.remove(placed.demand.hostPorts);
    this.#drop(entry);
  }

  /** Whether the pod counts on some node, bound or assumed to be. */
  has(pod: Pod): boolean {
    return this.#placed.has(uidOf(pod));
  }

  /** Whether a pod with a node, or about to get one, uses the claim. */
  usesClaim(key: string): boolean {
    return this.#claimUses.has(key);
  }

  /**
   * The pods on nodes, as pods that choose their company see them.
   *
   * @param namespaceOf the namespace of that name
   */
  neighbourhood(namespaceOf: (name: string) => Namespace | undefined): Neighbourhood {
    return {
      nodes: () => this.nodes().map(({ node }) => node),
      neighbours: () => this.#neighbours(this.#placed),
      choosyNeighbours: () => this.#neighbours(this.#choosy),
      namespaceLabels: (name) => namespaceOf(name)?.metadata.labels,
    };
  }

  *#neighbours(placed: ReadonlyMap<string, Placed>): Generator<Neighbour> {
    for (const { demand, nodeName } of placed.values()) {
      const { exists, node } = this.#entry(nodeName);
      if (exists) yield { pod: demand.pod, node, antiAffinity: demand.antiAffinity };
    }
  }

  /** Counts the pod on a node that it is about to be bound to; `removePod` takes it back. */
  assume(demand: PodDemand, nodeName: string): void {
    this.#place(demand, nodeName);
  }

  #place(demand: PodDemand, nodeName: string): void {
    const placed = { demand, nodeName };
    this.#placed.set(uidOf(demand.pod), placed);
    if (demand.antiAffinity.length > 0) this.#choosy.set(uidOf(demand.pod), placed);
    const entry = this.#entry(nodeName);
    this.#count(entry, demand, 1n);
    entry.ports.add(demand.hostPorts);
  }

  #count(entry: Entry, demand: PodDemand, by: bigint): void {
    entry.podCount += Number(by);
    for (const key of demand.claims) {
      const uses = (this.#claimUses.get(key) ?? 0) + Number(by);
      if (uses > 0) this.#claimUses.set(key, uses);
      else this.#claimUses.delete(key);
    }
    entry.scoredCpu += by * demand.scoredCpu;
    entry.scoredMemory += by * demand.scoredMemory;
    for (const [name, nanos] of demand.requests) {
      entry.requested.set(name, (entry.requested.get(name) ?? 0n) + by * nanos);
    }
  }

  #entry(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} };
    const entry: Entry = {
      name,
      node,
      allocatable: new Map(),
      podCount: 0,
      requested: new Map(),
      scoredCpu: 0n,
      scoredMemory: 0n,
      ports: new PortTable(),
      exists: false,
    };
    this.#entries.set(name, entry);
    return entry;
  }

  #drop(entry: Entry): void {
    if (!entry.exists && entry.podCount === 0) this.#entries.delete(entry.name);
  }
}
