/** The values of enumerated fields, in the order upstream documents them (sorted). */
const CORE = 'io.k8s.api.core.v1';
const APPS = 'io.k8s.api.apps.v1';
const BATCH = 'io.k8s.api.batch.v1';

const PROTOCOL = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICY = ['Always', 'IfNotPresent', 'Never'];
const TERMINATION_MESSAGE = ['FallbackToLogsOnError', 'File'];
const TAINT_EFFECT = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];
const PROPAGATION = ['Bidirectional', 'HostToContainer', 'None'];
const INCLUSION = ['Honor', 'Ignore'];

/** Values by definition and field. */
export const ENUMS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    [`${CORE}.PodSpec.restartPolicy`]: ['Always', 'Never', 'OnFailure'],
    [`${CORE}.PodSpec.dnsPolicy`]: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    [`${CORE}.PodSpec.preemptionPolicy`]: ['Never', 'PreemptLowerPriority'],
    [`${CORE}.PodStatus.phase`]: ['Failed', 'Pending', 'Running', 'Succeeded', 'Unknown'],
    [`${CORE}.PodStatus.qosClass`]: ['BestEffort', 'Burstable', 'Guaranteed'],
    [`${CORE}.Container.imagePullPolicy`]: PULL_POLICY,
    [`${CORE}.EphemeralContainer.imagePullPolicy`]: PULL_POLICY,
    [`${CORE}.Container.terminationMessagePolicy`]: TERMINATION_MESSAGE,
    [`${CORE}.EphemeralContainer.terminationMessagePolicy`]: TERMINATION_MESSAGE,
    [`${CORE}.ContainerPort.protocol`]: PROTOCOL,
    [`${CORE}.ServicePort.protocol`]: PROTOCOL,
    [`${CORE}.EndpointPort.protocol`]: PROTOCOL,
    'io.k8s.api.networking.v1.NetworkPolicyPort.protocol': PROTOCOL,
    [`${CORE}.HTTPGetAction.scheme`]: ['HTTP', 'HTTPS'],
    [`${CORE}.VolumeMount.mountPropagation`]: PROPAGATION,
    [`${CORE}.SecurityContext.procMount`]: ['Default', 'Unmasked'],
    [`${CORE}.SeccompProfile.type`]: ['Localhost', 'RuntimeDefault', 'Unconfined'],
    [`${CORE}.AppArmorProfile.type`]: ['Localhost', 'RuntimeDefault', 'Unconfined'],
    [`${CORE}.PodSecurityContext.fsGroupChangePolicy`]: ['Always', 'OnRootMismatch'],
    [`${CORE}.Toleration.operator`]: ['Equal', 'Exists'],
    [`${CORE}.Toleration.effect`]: TAINT_EFFECT,
    [`${CORE}.Taint.effect`]: TAINT_EFFECT,
    [`${CORE}.NodeSelectorRequirement.operator`]: [
      'DoesNotExist',
      'Exists',
      'Gt',
      'In',
      'Lt',
      'NotIn',
    ],
    [`${CORE}.TopologySpreadConstraint.whenUnsatisfiable`]: ['DoNotSchedule', 'ScheduleAnyway'],
    [`${CORE}.TopologySpreadConstraint.nodeAffinityPolicy`]: INCLUSION,
    [`${CORE}.TopologySpreadConstraint.nodeTaintsPolicy`]: INCLUSION,
    [`${CORE}.HostPathVolumeSource.type`]: [
      '',
      'BlockDevice',
      'CharDevice',
      'Directory',
      'DirectoryOrCreate',
      'File',
      'FileOrCreate',
      'Socket',
    ],
    [`${CORE}.ServiceSpec.type`]: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'],
    [`${CORE}.ServiceSpec.sessionAffinity`]: ['ClientIP', 'None'],
    [`${CORE}.ServiceSpec.externalTrafficPolicy`]: ['Cluster', 'Local'],
    [`${CORE}.ServiceSpec.internalTrafficPolicy`]: ['Cluster', 'Local'],
    [`${CORE}.ServiceSpec.ipFamilyPolicy`]: ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
    [`${CORE}.NamespaceStatus.phase`]: ['Active', 'Terminating'],
    [`${CORE}.NodeStatus.phase`]: ['Pending', 'Running', 'Terminated'],
    [`${CORE}.PersistentVolumeSpec.persistentVolumeReclaimPolicy`]: ['Delete', 'Recycle', 'Retain'],
    [`${CORE}.PersistentVolumeSpec.volumeMode`]: ['Block', 'Filesystem'],
    [`${CORE}.PersistentVolumeClaimSpec.volumeMode`]: ['Block', 'Filesystem'],
    [`${CORE}.PersistentVolumeClaimStatus.phase`]: ['Bound', 'Lost', 'Pending'],
    [`${CORE}.PersistentVolumeStatus.phase`]: [
      'Available',
      'Bound',
      'Failed',
      'Pending',
      'Released',
    ],
    'io.k8s.api.storage.v1.StorageClass.reclaimPolicy': ['Delete', 'Recycle', 'Retain'],
    'io.k8s.api.storage.v1.StorageClass.volumeBindingMode': ['Immediate', 'WaitForFirstConsumer'],
    [`${APPS}.DeploymentStrategy.type`]: ['Recreate', 'RollingUpdate'],
    [`${APPS}.DaemonSetUpdateStrategy.type`]: ['OnDelete', 'RollingUpdate'],
    [`${APPS}.StatefulSetUpdateStrategy.type`]: ['OnDelete', 'RollingUpdate'],
    [`${APPS}.StatefulSetSpec.podManagementPolicy`]: ['OrderedReady', 'Parallel'],
    [`${BATCH}.CronJobSpec.concurrencyPolicy`]: ['Allow', 'Forbid', 'Replace'],
    [`${BATCH}.JobSpec.completionMode`]: ['Indexed', 'NonIndexed'],
    'io.k8s.api.networking.v1.HTTPIngressPath.pathType': [
      'Exact',
      'ImplementationSpecific',
      'Prefix',
    ],
  }),
);

/** The values that `field` of `owner` may take, where these are enumerated. */
export function enumOf(owner: string, field: string): readonly string[] | undefined {
  return ENUMS.get(`${owner}.${field}`);
}
