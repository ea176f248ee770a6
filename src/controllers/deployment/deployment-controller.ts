import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import {
  deployments as deploymentResource,
  replicaSets as setResource,
} from '../../client/resources.ts';
import type { Deployment, Pod, ReplicaSet } from '../../generated/types.ts';
import { selectorFrom } from '../../objects/labels.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { controllerOf } from '../ownership/controller-reference.ts';
import { OwnedIndex } from '../ownership/owned-index.ts';
import { watchDeployments } from './deployment-events.ts';
import { DeploymentWork } from './deployment-work.ts';
import { rollOut } from './roll-out.ts';

/** Deployments worked on together, as upstream. */
const WORKERS_MAX = 5;

export interface DeploymentControllerOptions extends ControllerOptions {
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
}

/** Brings every Deployment from the ReplicaSets of its old templates to that of its new one. */
export class DeploymentController implements Controller {
  readonly #options: DeploymentControllerOptions;
  readonly #queue: WorkQueue;
  #sets: OwnedIndex<ReplicaSet> | undefined;

  constructor(options: DeploymentControllerOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'deployment' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { deployments, replicaSets, pods } = this.#options;
    await Promise.all([deployments, replicaSets, pods].map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    this.#sets = new OwnedIndex(replicaSets);
    const concerned = (deployment: Deployment) => this.#queue.add(objectKey(deployment));
    watchDeployments({ deployments, replicaSets, pods, concerned });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const deployment = this.#options.deployments.get(key);
    if (deployment === undefined) return;
    if (selectorFrom(deployment.spec.selector)?.length === 0) {
      await this.#refuse(deployment);
      return;
    }
    const sets = await this.#claim(deployment);
    const work = new DeploymentWork(this.#options, deployment, sets);
    const nextMs = await rollOut(work, () => this.#hasOldPods(work));
    if (nextMs !== undefined) this.#queue.addAfter(key, nextMs);
  }

  /** It would take the pods of everybody in its namespace. */
  async #refuse(deployment: Deployment): Promise<void> {
    const work = new DeploymentWork(this.#options, deployment, []);
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    work.tell('Warning', 'SelectingAll', message);
    const { generation } = deployment.metadata;
    await work.writeStatus({ ...deployment.status, observedGeneration: generation });
  }

  #claim(deployment: Deployment): Promise<ReplicaSet[]> {
    return claimObjects(
      {
        client: this.#options.client,
        owner: deployment,
        ownerResource: deploymentResource,
        selector: selectorFrom(deployment.spec.selector),
        resource: setResource,
      },
      this.#sets?.candidatesOf(deployment) ?? [],
    );
  }

  /**
   * Also a pod that is about to end counts: it may hold what the next one needs. Asked only where
   * pods are recreated, which is not worth an index of all pods.
   */
  #hasOldPods({ sets }: DeploymentWork): boolean {
    if (sets.old.length === 0) return false;
    const old = new Set(sets.old.map(({ metadata }) => metadata.uid));
    const isOld = (pod: Pod) =>
      old.has(controllerOf(pod)?.uid) &&
      pod.status?.phase !== 'Failed' &&
      pod.status?.phase !== 'Succeeded';
    return [...this.#options.pods.list()].some(isOld);
  }
}
