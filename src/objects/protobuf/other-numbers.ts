/** The fields of other groups in the order of their numbers: see field-numbers.ts. */
export const otherNumbers: Readonly<Record<string, string>> = {
  'io.k8s.api.apps.v1.Deployment': 'metadata spec status',
  'io.k8s.api.apps.v1.DeploymentCondition':
    'type status - reason message lastUpdateTime lastTransitionTime',
  'io.k8s.api.apps.v1.DeploymentSpec':
    'replicas selector template strategy minReadySeconds revisionHistoryLimit paused - progressDeadlineSeconds',
  'io.k8s.api.apps.v1.DeploymentStatus':
    'observedGeneration replicas updatedReplicas availableReplicas unavailableReplicas conditions readyReplicas collisionCount terminatingReplicas',
  'io.k8s.api.apps.v1.DeploymentStrategy': 'type rollingUpdate',
  'io.k8s.api.apps.v1.ReplicaSet': 'metadata spec status',
  'io.k8s.api.apps.v1.ReplicaSetCondition': 'type status lastTransitionTime reason message',
  'io.k8s.api.apps.v1.ReplicaSetSpec': 'replicas selector template minReadySeconds',
  'io.k8s.api.apps.v1.ReplicaSetStatus':
    'replicas fullyLabeledReplicas observedGeneration readyReplicas availableReplicas conditions terminatingReplicas',
  'io.k8s.api.apps.v1.RollingUpdateDeployment': 'maxUnavailable maxSurge',
  'io.k8s.api.authentication.v1.BoundObjectReference': 'kind apiVersion name uid',
  'io.k8s.api.authentication.v1.SelfSubjectReview': 'metadata status',
  'io.k8s.api.authentication.v1.SelfSubjectReviewStatus': 'userInfo',
  'io.k8s.api.authentication.v1.TokenRequest': 'metadata spec status',
  'io.k8s.api.authentication.v1.TokenRequestSpec': 'audiences - boundObjectRef expirationSeconds',
  'io.k8s.api.authentication.v1.TokenRequestStatus': 'token expirationTimestamp',
  'io.k8s.api.authentication.v1.TokenReview': 'metadata spec status',
  'io.k8s.api.authentication.v1.TokenReviewSpec': 'token audiences',
  'io.k8s.api.authentication.v1.TokenReviewStatus': 'authenticated user error audiences',
  'io.k8s.api.authentication.v1.UserInfo': 'username uid groups extra',
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup':
    'name versions preferredVersion serverAddressByClientCIDRs',
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIResource':
    'name namespaced kind verbs shortNames singularName categories group version storageVersionHash',
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions': 'versions serverAddressByClientCIDRs',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Condition':
    'type status observedGeneration lastTransitionTime reason message',
  'io.k8s.apimachinery.pkg.apis.meta.v1.CreateOptions': 'dryRun - fieldManager fieldValidation',
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions':
    'gracePeriodSeconds preconditions orphanDependents propagationPolicy dryRun ignoreStoreReadErrorWithClusterBreakingPotential',
  'io.k8s.apimachinery.pkg.apis.meta.v1.GetOptions': 'resourceVersion',
  'io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery': 'groupVersion version',
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector': 'matchLabels matchExpressions',
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement': 'key operator values',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta':
    'selfLink resourceVersion continue remainingItemCount',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ListOptions':
    'labelSelector fieldSelector watch resourceVersion timeoutSeconds - limit continue allowWatchBookmarks resourceVersionMatch sendInitialEvents',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry':
    'manager operation apiVersion time - fieldsType fieldsV1 subresource',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta':
    'name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers - - managedFields',
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference':
    'kind - name uid apiVersion controller blockOwnerDeletion',
  'io.k8s.apimachinery.pkg.apis.meta.v1.PatchOptions': 'dryRun force fieldManager fieldValidation',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions': 'uid resourceVersion',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR': 'clientCIDR serverAddress',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Status': 'metadata status message reason details code',
  'io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause': 'reason message field',
  'io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails':
    'name group kind causes retryAfterSeconds uid',
  'io.k8s.apimachinery.pkg.apis.meta.v1.UpdateOptions': 'dryRun fieldManager fieldValidation',
  'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent': 'type object',
  'io.k8s.api.coordination.v1.Lease': 'metadata spec',
  'io.k8s.api.coordination.v1.LeaseSpec':
    'holderIdentity leaseDurationSeconds acquireTime renewTime leaseTransitions strategy preferredHolder',
  'io.k8s.api.discovery.v1.Endpoint':
    'addresses conditions hostname targetRef deprecatedTopology nodeName zone hints',
  'io.k8s.api.discovery.v1.EndpointConditions': 'ready serving terminating',
  'io.k8s.api.discovery.v1.EndpointHints': 'forZones forNodes',
  'io.k8s.api.discovery.v1.EndpointPort': 'name protocol port appProtocol',
  'io.k8s.api.discovery.v1.EndpointSlice': 'metadata endpoints ports addressType',
  'io.k8s.api.discovery.v1.ForNode': 'name',
  'io.k8s.api.discovery.v1.ForZone': 'name',
  'io.k8s.api.events.v1.Event':
    'metadata eventTime series reportingController reportingInstance action reason regarding related note type deprecatedSource deprecatedFirstTimestamp deprecatedLastTimestamp deprecatedCount',
  'io.k8s.api.events.v1.EventSeries': 'count lastObservedTime',
  'io.k8s.api.storage.v1.StorageClass':
    'metadata provisioner parameters reclaimPolicy mountOptions allowVolumeExpansion volumeBindingMode allowedTopologies',
};
