import { deployments } from '../../client/resources.ts';
import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { controllerReference } from '../ownership/controller-reference.ts';
import { maxReplicasOf } from './fenceposts.ts';
import { currentReplicas } from './plan-rolling.ts';
import { nextRevision, replicasAnnotations, revisionAnnotations } from './revisions.ts';
import { HASH_LABEL, templateHash } from './template-hash.ts';

/**
 * The set for the Deployment's template, beside those there are. Its pods, its selector and it
 * itself carry the template's hash, so that no other set of the Deployment selects its pods.
 */
export function newReplicaSet(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet {
  const { metadata, spec, status } = deployment;
  const hash = templateHash(spec.template, status?.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash };
  const { selector } = spec;
  const { replicas = 1 } = spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: {
        ...revisionAnnotations(deployment, {}, nextRevision(old)),
        ...replicasAnnotations(replicas, maxReplicasOf(deployment)),
      },
      ownerReferences: [controllerReference(deployment, deployments)],
    },
    spec: {
      replicas: currentReplicas(deployment, old, 0),
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
}
