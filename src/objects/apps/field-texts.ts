/** Upstream's descriptions of fields that columns of the workloads' tables show. */
export const appsTexts = {
  replicaSetReplicas:
    'Replicas is the number of desired pods. This is a pointer to distinguish between ' +
    'explicit zero and unspecified. Defaults to 1. More info: ' +
    'https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
  replicaSetStatusReplicas:
    'Replicas is the most recently observed number of non-terminating pods. More info: ' +
    'https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
  replicaSetReadyReplicas:
    'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
  replicaSetSelector:
    'Selector is a label query over pods that should match the replica count. Label keys and ' +
    'values that must match in order to be controlled by this replica set. It must match the ' +
    "pod template's labels. More info: " +
    'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
  deploymentReady: 'Number of the pod with ready state',
  deploymentUpdated:
    'Total number of non-terminating pods targeted by this deployment that have the desired ' +
    'template spec.',
  deploymentAvailable:
    'Total number of available non-terminating pods (ready for at least minReadySeconds) ' +
    'targeted by this deployment.',
  deploymentSelector:
    'Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ' +
    "ones affected by this deployment. It must match the pod template's labels.",
  scaleReplicas: 'replicas is the desired number of instances for the scaled object.',
  scaleStatusReplicas: 'replicas is the actual number of observed instances of the scaled object.',
} as const;
