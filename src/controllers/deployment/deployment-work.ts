import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { deployments, replicaSets } from '../../client/resources.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { maxReplicasOf } from './fenceposts.ts';
import { type ReplicaSets, type Scaling, sortSets, wantedOf } from './replica-sets.ts';
import { REVISION, replicasAnnotations } from './revisions.ts';

export interface DeploymentWorkOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
}

/**
 * A Deployment and its ReplicaSets while one sync works on them. What is written takes the place of
 * what was read, so that each next write is based on the newest revision.
 */
export class DeploymentWork {
  readonly #options: DeploymentWorkOptions;
  #deployment: Deployment;
  #sets: ReplicaSets;

  constructor(options: DeploymentWorkOptions, deployment: Deployment, sets: readonly ReplicaSet[]) {
    this.#options = options;
    this.#deployment = deployment;
    this.#sets = sortSets(deployment, sets);
  }

  get deployment(): Deployment {
    return this.#deployment;
  }

  get sets(): ReplicaSets {
    return this.#sets;
  }

  nowMs(): number {
    return this.#options.clock.now();
  }

  /** Records an event about the Deployment. */
  tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.recorder.record(this.#deployment, type, reason, message);
  }

  /**
   * Writes the status, and the revision, where they differ.
   *
   * @returns whether they did
   */
  async writeStatus(
    status: DeploymentStatus,
    revision = this.#deployment.metadata.annotations?.[REVISION],
  ): Promise<boolean> {
    const { metadata, status: before = {} } = this.#deployment;
    const isSame = metadata.annotations?.[REVISION] === revision;
    if (isSame && equalJson(status, before)) return false;
    const annotations =
      revision === undefined
        ? metadata.annotations
        : { ...metadata.annotations, [REVISION]: revision };
    const wanted = { ...this.#deployment, metadata: { ...metadata, annotations }, status };
    this.#deployment = await this.#options.client.update(deployments, wanted, 'status');
    return true;
  }

  /** Scales the sets one by one, tells of each, and notes in them what the Deployment asks for. */
  async scale(scalings: readonly Scaling[]): Promise<void> {
    for (const scaling of scalings) await this.#scaleOne(scaling);
  }

  async #scaleOne({ set, replicas }: Scaling): Promise<void> {
    const from = wantedOf(set);
    const { spec } = this.#deployment;
    const annotations = {
      ...set.metadata.annotations,
      ...replicasAnnotations(spec.replicas ?? 1, maxReplicasOf(this.#deployment)),
    };
    const isNoted = equalJson(annotations, set.metadata.annotations ?? {});
    if (from === replicas && isNoted) return;
    await this.updateSet({
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas },
    });
    if (from === replicas) return;
    const direction = from < replicas ? 'up' : 'down';
    const { name } = set.metadata;
    const message = `Scaled ${direction} replica set ${name} from ${from} to ${replicas}`;
    this.tell('Normal', 'ScalingReplicaSet', message);
  }

  /** Writes one of the sets. */
  async updateSet(wanted: ReplicaSet): Promise<void> {
    const written = await this.#options.client.update(replicaSets, wanted);
    const isIt = ({ metadata }: ReplicaSet) => metadata.uid === written.metadata.uid;
    const { current, old } = this.#sets;
    this.#sets = {
      current: current !== undefined && isIt(current) ? written : current,
      old: old.map((set) => (isIt(set) ? written : set)),
    };
  }

  /** Creates the current set. */
  async createSet(wanted: ReplicaSet): Promise<void> {
    const current = await this.#options.client.create(replicaSets, wanted);
    this.#sets = { ...this.#sets, current };
  }

  /** Takes a set that was made already, and of which no informer has told yet. */
  takeSet(current: ReplicaSet): void {
    this.#sets = { ...this.#sets, current };
  }

  /** A set as it is now. */
  readSet({ metadata }: ReplicaSet): Promise<ReplicaSet> {
    return this.#options.client.get(replicaSets, metadata.name ?? '', metadata.namespace);
  }

  /** Deletes old sets. */
  async remove(sets: readonly ReplicaSet[]): Promise<void> {
    for (const { metadata } of sets) {
      const { name = '', namespace, uid } = metadata;
      try {
        await this.#options.client.delete(replicaSets, name, namespace, { uid });
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
  }
}
