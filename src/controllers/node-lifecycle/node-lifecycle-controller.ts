import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { nodes as nodeResource, pods as podResource } from '../../client/resources.ts';
import type { Lease, Node, Pod, PodStatus } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import {
  isConditionTrue,
  podCondition,
  setPodCondition,
} from '../../objects/core/pod/conditions.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { isNodeLost, isNodeReady, planSilence, planTaints } from './plan-node.ts';

/** A kubelet that renewed nothing for so long counts as silent. */
const GRACE_MS = 40_000;

const LEASE_NAMESPACE = 'kube-node-lease';

export interface NodeLifecycleOptions extends ControllerOptions {
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  /** The leases of the namespace kube-node-lease, or more. */
  readonly leases: Informer<Lease>;
  /** Its component is `node-controller`. */
  readonly recorder: EventRecorder;
  readonly graceMs?: number;
}

/**
 * Watches over kubelets: the conditions of a silent one become Unknown, its node is tainted and
 * its pods are no longer ready. Silence is measured here, from the last sign of life that arrived,
 * so that clocks of other machines do not matter.
 */
export class NodeLifecycleController implements Controller {
  readonly #options: NodeLifecycleOptions;
  readonly #graceMs: number;
  readonly #queue: WorkQueue;
  /** When each node last gave a sign of life (monotonic ms). Bounded by the live nodes. */
  readonly #seenAt = new Map<string, number>();

  constructor(options: NodeLifecycleOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    const log = options.log.with({ controller: 'node-lifecycle' });
    this.#queue = new WorkQueue(options.clock, log, (name) => this.#sync(name));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { nodes, pods, leases } = this.#options;
    await Promise.all([nodes, pods, leases].map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    nodes.subscribe({
      added: ({ metadata }) => this.#seen(metadata.name ?? '', true),
      updated: (node, old) => this.#nodeUpdated(node, old),
      deleted: ({ metadata }) => this.#seenAt.delete(metadata.name ?? ''),
    });
    const renewed = ({ metadata }: Lease) => {
      if (metadata.namespace === LEASE_NAMESPACE) this.#seen(metadata.name ?? '', false);
    };
    leases.subscribe({
      updated: (lease, old) => {
        if (lease.spec.renewTime !== old.spec.renewTime) renewed(lease);
      },
    });
    await aborted(signal);
    this.#queue.stop();
  }

  /** @param look whether the node itself must be looked at now */
  #seen(name: string, look: boolean): void {
    if (this.#options.nodes.get(name) === undefined) return;
    this.#seenAt.set(name, this.#options.clock.monotonic());
    // The run that is due does not move: it sees for itself how long the silence is.
    this.#queue.addAfter(name, look ? 0 : this.#graceMs);
  }

  #nodeUpdated(node: Node, old: Node): void {
    const name = node.metadata.name ?? '';
    const beat = ({ status }: Node) =>
      status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime;
    if (beat(node) !== beat(old)) this.#seen(name, true);
    else this.#queue.add(name);
  }

  async #sync(name: string): Promise<void> {
    const { client, clock, nodes, recorder } = this.#options;
    let node = nodes.get(name);
    if (node === undefined) return;
    const silentMs = clock.monotonic() - (this.#seenAt.get(name) ?? 0);
    if (silentMs >= this.#graceMs) {
      const conditions = planSilence(node, clock.now());
      if (conditions.length > 0) {
        const wasReady = isNodeReady(node);
        const target = { name, subresource: 'status' };
        node = await client.patch(nodeResource, target, 'strategic', { status: { conditions } });
        const status = 'NodeNotReady';
        if (wasReady) {
          recorder.record(node, 'Normal', status, `Node ${name} status is now: ${status}`);
        }
      }
    } else this.#queue.addAfter(name, this.#graceMs - silentMs);
    await this.#writeTaints(node);
    // A kubelet that says itself that its node is not ready still looks after its pods.
    if (isNodeLost(node)) await this.#markPods(name);
  }

  async #writeTaints(node: Node): Promise<void> {
    const { client, clock } = this.#options;
    const taints = planTaints(node, clock.now());
    if (taints === null) return;
    const { name = '', resourceVersion } = node.metadata;
    try {
      // Another writer's taint must not be lost: the revision makes this a Conflict.
      await client.patch(nodeResource, { name }, 'merge', {
        metadata: { resourceVersion },
        spec: { taints },
      });
    } catch (error) {
      // The change that came first wakes this node again.
      if (!isReason(error, 'Conflict', 'NotFound')) throw error;
    }
  }

  /** The kubelet cannot tell whether these pods serve: nobody should send them requests. */
  async #markPods(nodeName: string): Promise<void> {
    const { client, clock, pods } = this.#options;
    const ready = [...pods.list()].filter(
      (pod) => pod.spec.nodeName === nodeName && isConditionTrue(pod, 'Ready'),
    );
    for (const pod of ready) {
      const status: PodStatus = { conditions: [podCondition(pod, 'Ready')!] };
      setPodCondition(status, { type: 'Ready', status: 'False' }, clock.now());
      const { name = '', namespace = '', uid } = pod.metadata;
      const target = { name, namespace, subresource: 'status' };
      try {
        await client.patch(podResource, target, 'strategic', { metadata: { uid }, status });
      } catch (error) {
        if (!isReason(error, 'Conflict', 'NotFound')) throw error;
      }
    }
  }
}
