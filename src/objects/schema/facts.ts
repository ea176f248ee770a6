/**
 * What OpenAPI models leave out, by definition and field, from upstream's types.go: how patches
 * merge lists, what kind of list each is, and which fields are structs in place, not pointers.
 */

/** How a patch treats a field, and what kind of list it is. */
export interface FieldFacts {
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly listType?: 'map' | 'set' | 'atomic';
  readonly listMapKeys?: readonly string[];
}

const CORE = 'io.k8s.api.core.v1';
const APPS = 'io.k8s.api.apps.v1';
const ADMISSION = 'io.k8s.api.admissionregistration.v1';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** A list merged by one key, which is also its only map key. */
function byKey(key: string, patchStrategy = 'merge'): FieldFacts {
  return { patchStrategy, patchMergeKey: key, listType: 'map', listMapKeys: [key] };
}

/** A list merged by its first key, told apart by all. */
function byKeys(...keys: string[]): FieldFacts {
  return {
    patchStrategy: 'merge',
    patchMergeKey: keys[0]!,
    listType: 'map',
    listMapKeys: keys,
  };
}

const SET: FieldFacts = { patchStrategy: 'merge', listType: 'set' };
/** Lists of conditions all merge by type. */
const CONDITIONS = [
  `${CORE}.PodStatus`,
  `${CORE}.NodeStatus`,
  `${CORE}.NamespaceStatus`,
  `${CORE}.PersistentVolumeClaimStatus`,
  `${CORE}.ReplicationControllerStatus`,
  `${CORE}.ServiceStatus`,
  `${CORE}.ComponentStatus`,
  `${APPS}.DaemonSetStatus`,
  `${APPS}.DeploymentStatus`,
  `${APPS}.ReplicaSetStatus`,
  `${APPS}.StatefulSetStatus`,
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus',
  'io.k8s.api.batch.v1.JobStatus',
];

/** Facts by definition and field. */
export const FACTS: Readonly<Record<string, FieldFacts>> = {
  [`${META}.ObjectMeta.finalizers`]: SET,
  [`${META}.ObjectMeta.ownerReferences`]: byKey('uid'),

  [`${CORE}.PodSpec.containers`]: byKey('name'),
  [`${CORE}.PodSpec.initContainers`]: byKey('name'),
  [`${CORE}.PodSpec.ephemeralContainers`]: byKey('name'),
  [`${CORE}.PodSpec.volumes`]: byKey('name', 'merge,retainKeys'),
  [`${CORE}.PodSpec.resourceClaims`]: byKey('name', 'merge,retainKeys'),
  [`${CORE}.PodSpec.imagePullSecrets`]: byKey('name'),
  [`${CORE}.PodSpec.schedulingGates`]: byKey('name'),
  [`${CORE}.PodSpec.hostAliases`]: byKey('ip'),
  [`${CORE}.PodSpec.topologySpreadConstraints`]: byKeys('topologyKey', 'whenUnsatisfiable'),
  [`${CORE}.PodStatus.podIPs`]: byKey('ip'),
  [`${CORE}.PodStatus.hostIPs`]: {
    patchStrategy: 'merge',
    patchMergeKey: 'ip',
    listType: 'atomic',
  },
  [`${CORE}.PodStatus.resourceClaimStatuses`]: byKey('name', 'merge,retainKeys'),
  [`${CORE}.ContainerStatus.allocatedResourcesStatus`]: byKey('name'),
  [`${CORE}.ContainerStatus.volumeMounts`]: byKey('mountPath'),
  ...Object.fromEntries(
    ['Container', 'EphemeralContainer'].flatMap((container) => [
      [`${CORE}.${container}.env`, byKey('name')],
      [`${CORE}.${container}.ports`, byKeys('containerPort', 'protocol')],
      [`${CORE}.${container}.volumeDevices`, byKey('devicePath')],
      [`${CORE}.${container}.volumeMounts`, byKey('mountPath')],
    ]),
  ),
  [`${CORE}.ResourceRequirements.claims`]: { listType: 'map', listMapKeys: ['name'] },
  [`${CORE}.ServiceSpec.ports`]: byKeys('port', 'protocol'),
  [`${CORE}.ServiceAccount.secrets`]: byKey('name'),
  [`${CORE}.NodeSpec.podCIDRs`]: SET,
  [`${CORE}.NodeStatus.addresses`]: byKey('type'),

  [`${APPS}.DeploymentSpec.strategy`]: { patchStrategy: 'retainKeys' },
  'io.k8s.api.storage.v1.CSINodeSpec.drivers': byKey('name'),
  'io.k8s.api.policy.v1.PodDisruptionBudgetSpec.selector': { patchStrategy: 'replace' },
  'io.k8s.api.resource.v1.ResourceClaimStatus.reservedFor': byKey('uid'),
  'io.k8s.api.discovery.v1.Endpoint.addresses': { listType: 'set' },
  [`${ADMISSION}.MutatingWebhookConfiguration.webhooks`]: byKey('name'),
  [`${ADMISSION}.ValidatingWebhookConfiguration.webhooks`]: byKey('name'),
  [`${ADMISSION}.MutatingWebhook.matchConditions`]: byKey('name'),
  [`${ADMISSION}.ValidatingWebhook.matchConditions`]: byKey('name'),
  [`${ADMISSION}.ValidatingAdmissionPolicySpec.matchConditions`]: byKey('name'),
  [`${ADMISSION}.ValidatingAdmissionPolicySpec.variables`]: byKey('name'),
  ...Object.fromEntries(CONDITIONS.map((name) => [`${name}.conditions`, byKey('type')])),
};

/** The facts about `field` of the definition called `owner`; undefined where there are none. */
export function fieldFacts(owner: string, field: string): FieldFacts | undefined {
  return FACTS[`${owner}.${field}`];
}

/**
 * Structs in place: upstream's answers always hold them, empty or not. (An object's own metadata,
 * spec and status are such too.)
 */
export const STRUCTS: ReadonlySet<string> = new Set([
  `${CORE}.Container.resources`,
  `${CORE}.EphemeralContainer.resources`,
  `${CORE}.PodTemplateSpec.metadata`,
  `${CORE}.PodTemplateSpec.spec`,
  `${CORE}.PodTemplate.template`,
  `${CORE}.PersistentVolumeClaimSpec.resources`,
  `${CORE}.PersistentVolumeClaimTemplate.spec`,
  `${CORE}.ContainerStatus.state`,
  `${CORE}.ContainerStatus.lastState`,
  `${CORE}.NodeStatus.daemonEndpoints`,
  `${CORE}.NodeDaemonEndpoints.kubeletEndpoint`,
  `${CORE}.NodeStatus.nodeInfo`,
  `${CORE}.ServiceStatus.loadBalancer`,
  `${CORE}.ResourceFieldSelector.divisor`,
  `${CORE}.Event.involvedObject`,
  `${CORE}.Event.source`,
  `${CORE}.Binding.target`,
  `${CORE}.WeightedPodAffinityTerm.podAffinityTerm`,
  `${CORE}.PreferredSchedulingTerm.preference`,
  'io.k8s.api.events.v1.Event.regarding',
  'io.k8s.api.discovery.v1.Endpoint.conditions',
  `${APPS}.DeploymentSpec.template`,
  `${APPS}.DeploymentSpec.strategy`,
  `${APPS}.ReplicaSetSpec.template`,
  `${APPS}.StatefulSetSpec.template`,
  `${APPS}.StatefulSetSpec.updateStrategy`,
  `${APPS}.DaemonSetSpec.template`,
  `${APPS}.DaemonSetSpec.updateStrategy`,
  'io.k8s.api.batch.v1.JobSpec.template',
  'io.k8s.api.batch.v1.CronJobSpec.jobTemplate',
  'io.k8s.api.batch.v1.JobTemplateSpec.metadata',
  'io.k8s.api.batch.v1.JobTemplateSpec.spec',
  'io.k8s.api.networking.v1.IngressStatus.loadBalancer',
  'io.k8s.api.networking.v1.NetworkPolicySpec.podSelector',
  'io.k8s.api.networking.v1.HTTPIngressPath.backend',
  'io.k8s.api.rbac.v1.RoleBinding.roleRef',
  'io.k8s.api.rbac.v1.ClusterRoleBinding.roleRef',
  'io.k8s.api.storage.v1.VolumeAttachmentSpec.source',
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec.scaleTargetRef',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec.scaleTargetRef',
  `${ADMISSION}.MutatingWebhook.clientConfig`,
  `${ADMISSION}.ValidatingWebhook.clientConfig`,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec.names',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus.acceptedNames',
]);

/** Whether `field` of `owner` is a struct in place. */
export function isStruct(owner: string, field: string): boolean {
  return STRUCTS.has(`${owner}.${field}`);
}

/** Required scalars that are pointers nevertheless: where missing they stay so. */
export const REQUIRED_POINTERS: ReadonlySet<string> = new Set([
  'io.k8s.api.networking.v1.HTTPIngressPath.pathType',
  `${ADMISSION}.MutatingWebhook.sideEffects`,
  `${ADMISSION}.ValidatingWebhook.sideEffects`,
]);

/** Whether a missing required scalar of `owner` has a zero value, as all but pointers do. */
export function hasZero(owner: string, field: string): boolean {
  return !REQUIRED_POINTERS.has(`${owner}.${field}`);
}

/** Go's names for types that are more than a plain string or map, as decoding errors show them. */
export const GO_TYPES: Readonly<Record<string, string>> = {
  [`${CORE}.Container.imagePullPolicy`]: 'v1.PullPolicy',
  [`${CORE}.EphemeralContainer.imagePullPolicy`]: 'v1.PullPolicy',
  [`${CORE}.Container.terminationMessagePolicy`]: 'v1.TerminationMessagePolicy',
  [`${CORE}.Container.restartPolicy`]: 'v1.ContainerRestartPolicy',
  [`${CORE}.ContainerPort.protocol`]: 'v1.Protocol',
  [`${CORE}.ServicePort.protocol`]: 'v1.Protocol',
  [`${CORE}.HTTPGetAction.scheme`]: 'v1.URIScheme',
  [`${CORE}.PodSpec.restartPolicy`]: 'v1.RestartPolicy',
  [`${CORE}.PodSpec.dnsPolicy`]: 'v1.DNSPolicy',
  [`${CORE}.PodSpec.overhead`]: 'v1.ResourceList',
  [`${CORE}.ResourceRequirements.limits`]: 'v1.ResourceList',
  [`${CORE}.ResourceRequirements.requests`]: 'v1.ResourceList',
  [`${CORE}.VolumeResourceRequirements.limits`]: 'v1.ResourceList',
  [`${CORE}.VolumeResourceRequirements.requests`]: 'v1.ResourceList',
  [`${CORE}.PersistentVolumeSpec.capacity`]: 'v1.ResourceList',
  [`${CORE}.ServiceSpec.type`]: 'v1.ServiceType',
  [`${CORE}.ServiceSpec.sessionAffinity`]: 'v1.ServiceAffinity',
  [`${CORE}.Secret.type`]: 'v1.SecretType',
  [`${CORE}.EmptyDirVolumeSource.medium`]: 'v1.StorageMedium',
  [`${CORE}.VolumeMount.mountPropagation`]: 'v1.MountPropagationMode',
  [`${CORE}.Toleration.operator`]: 'v1.TolerationOperator',
  [`${CORE}.Toleration.effect`]: 'v1.TaintEffect',
  [`${CORE}.Taint.effect`]: 'v1.TaintEffect',
  [`${APPS}.DeploymentStrategy.type`]: 'v1.DeploymentStrategyType',
  [`${META}.ObjectMeta.uid`]: 'types.UID',
  [`${META}.OwnerReference.uid`]: 'types.UID',
};

/** Go's name for the type of `field` of `owner` where the schema does not tell it. */
export function goTypeOf(owner: string, field: string): string | undefined {
  return GO_TYPES[`${owner}.${field}`];
}
