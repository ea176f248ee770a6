import type { Informer } from '../../client/informer.ts';
import type { Deployment, Pod, ReplicaSet } from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { controllerOf } from '../ownership/controller-reference.ts';
import { ownerOf, ownersSelecting } from '../ownership/owners.ts';

export interface DeploymentEventsOptions {
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  /** Called for each Deployment that something was done to. */
  readonly concerned: (deployment: Deployment) => void;
}

/** Tells which Deployments a change concerns: their own, of their ReplicaSets, of their pods. */
export function watchDeployments(options: DeploymentEventsOptions): void {
  const { deployments, replicaSets, pods, concerned } = options;
  const ownerIs = (set: ReplicaSet) => ownerOf(deployments, 'Deployment', set);
  const tellOwner = (set: ReplicaSet) => {
    const owner = ownerIs(set);
    if (owner !== undefined) concerned(owner);
  };
  const tellOrphan = (set: ReplicaSet) => {
    for (const deployment of ownersSelecting(deployments, set)) concerned(deployment);
  };
  deployments.subscribe({ added: concerned, updated: concerned });
  replicaSets.subscribe({
    added: (set) => (controllerOf(set) === undefined ? tellOrphan(set) : tellOwner(set)),
    updated: (set, old) => {
      const isHandedOver = controllerOf(set)?.uid !== controllerOf(old)?.uid;
      if (isHandedOver) tellOwner(old);
      if (controllerOf(set) !== undefined) tellOwner(set);
      else if (isHandedOver || !equalJson(set.metadata.labels, old.metadata.labels)) {
        tellOrphan(set);
      }
    },
    deleted: tellOwner,
  });
  pods.subscribe({
    deleted: (pod) => {
      const set = ownerOf(replicaSets, 'ReplicaSet', pod);
      const owner = set && ownerIs(set);
      // The next pods wait for the last one to go.
      if (owner?.spec.strategy?.type === 'Recreate') concerned(owner);
    },
  });
}
