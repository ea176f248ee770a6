import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { pods as podResource, replicaSets as setResource } from '../../client/resources.ts';
import type { Pod, ReplicaSet } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { selectorFrom } from '../../objects/labels.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { controllerOf } from '../ownership/controller-reference.ts';
import { OwnedIndex } from '../ownership/owned-index.ts';
import { Expectations } from './expectations.ts';
import { isActive, planReplicas } from './plan-replicas.ts';
import { planStatus } from './plan-status.ts';
import { PodControl } from './pod-control.ts';
import { PodEvents } from './pod-events.ts';
import { writeStatus } from './write-status.ts';

/** Sets worked on together, as upstream. */
const WORKERS_MAX = 5;

export interface ReplicaSetControllerOptions extends ControllerOptions {
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
}

/** Keeps as many pods of every ReplicaSet as it asks for. */
export class ReplicaSetController implements Controller {
  readonly #options: ReplicaSetControllerOptions;
  readonly #queue: WorkQueue;
  readonly #expectations: Expectations;
  readonly #control: PodControl;
  #pods: OwnedIndex<Pod> | undefined;
  #sets: OwnedIndex<ReplicaSet> | undefined;

  constructor(options: ReplicaSetControllerOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'replica-set' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
    this.#expectations = new Expectations(options.clock);
    this.#control = new PodControl({ ...options, expectations: this.#expectations });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { replicaSets, pods } = this.#options;
    await Promise.all([replicaSets.whenSynced(), pods.whenSynced()]);
    if (signal.aborted) return;
    this.#pods = new OwnedIndex(pods);
    this.#sets = new OwnedIndex(replicaSets);
    const expectations = this.#expectations;
    const concerned = (set: ReplicaSet) => this.#queue.add(objectKey(set));
    new PodEvents({ pods, replicaSets, expectations, concerned });
    replicaSets.subscribe({
      added: concerned,
      updated: concerned,
      deleted: ({ metadata }) => expectations.forget(metadata.uid ?? ''),
    });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const set = this.#options.replicaSets.get(key);
    if (set === undefined) return;
    try {
      await this.#bring(set);
    } catch (error) {
      // The set went meanwhile.
      if (!isReason(error, 'NotFound') || this.#isThere(set)) throw error;
    } finally {
      // Its deletion may have been seen before the last of its pods was asked for.
      if (!this.#isThere(set)) this.#expectations.forget(set.metadata.uid ?? '');
    }
  }

  #isThere(set: ReplicaSet): boolean {
    const present = this.#options.replicaSets.get(objectKey(set));
    return present?.metadata.uid === set.metadata.uid;
  }

  async #bring(set: ReplicaSet): Promise<void> {
    const { client, clock } = this.#options;
    // Asked before the pods are looked at, which are then at least as new.
    const waitMs = this.#expectations.leftMs(set.metadata.uid ?? '');
    const pods = await this.#claim(set);
    // What does not come about in time is looked for again.
    if (waitMs > 0) this.#queue.addAfter(objectKey(set), waitMs);
    const failure = waitMs > 0 ? undefined : await this.#manage(set, pods);
    const { status, nextMs } = planStatus(set, pods, failure, clock.now());
    await writeStatus(client, set, status);
    if (failure !== undefined) throw failure;
    if (nextMs !== undefined) this.#queue.addAfter(objectKey(set), nextMs);
  }

  #claim(set: ReplicaSet): Promise<Pod[]> {
    const candidates = this.#pods?.candidatesOf(set) ?? [];
    return claimObjects(
      {
        client: this.#options.client,
        owner: set,
        ownerResource: setResource,
        selector: selectorFrom(set.spec.selector),
        resource: podResource,
      },
      candidates.filter(isActive),
    );
  }

  /** Makes or removes pods. A failure is answered, since the status tells of it. */
  async #manage(set: ReplicaSet, pods: readonly Pod[]): Promise<Error | undefined> {
    const action = planReplicas(set, pods, () => this.#related(set), this.#options.clock.now());
    try {
      if (action.type === 'create') await this.#control.create(set, action.count);
      if (action.type === 'delete') await this.#control.delete(set, action.pods);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** The pods of all sets of the set's owner: those of its Deployment, in old and new revisions. */
  #related(set: ReplicaSet): Pod[] {
    const owner = controllerOf(set);
    if (owner === undefined) return [];
    const sets = this.#sets?.ownedBy(owner.uid) ?? [];
    return sets.flatMap(({ metadata }) => this.#pods?.ownedBy(metadata.uid) ?? []);
  }
}
