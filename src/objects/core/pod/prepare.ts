import type {
  LabelSelector,
  Pod,
  PodAffinity,
  PodSpec,
  PodStatus,
} from '../../../generated/types.ts';
import type { AnyContainer } from './any-container.ts';
import { isSidecar, setPodCondition } from './conditions.ts';
import { mirrorServiceAccount } from './defaults.ts';
import { qosClass } from './qos.ts';
import { copyAppArmorAnnotations } from './validate-annotations.ts';

/** Makes a pod new: its status says Pending, whatever its creator sent. `now` is epoch ms. */
export function prepareNewPod(pod: Pod, now: number): void {
  mirrorServiceAccount(pod.spec);
  dropDisabledFields(pod.spec, undefined);
  const status: PodStatus = { phase: 'Pending', qosClass: qosClass(pod.spec) };
  pod.status = status;
  if (pod.spec.schedulingGates?.length) {
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    };
    setPodCondition(status, condition, now);
  }
  mergeLabelKeys(pod);
  copyAppArmorAnnotations(pod);
}

/** Takes back what an update of the pod itself may not touch: its status. */
export function preparePodUpdate(pod: Pod, old: Pod): void {
  pod.status = old.status;
  mirrorServiceAccount(pod.spec);
  dropDisabledFields(pod.spec, old.spec);
}

/** Takes back what an update of the status may not touch. */
export function prepareStatusUpdate(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  keep(pod.metadata, old.metadata, 'deletionTimestamp');
  keep(pod.metadata, old.metadata, 'ownerReferences');
  pod.status ??= {};
  const { status } = pod;
  if (!status.qosClass) keep(status, old.status ?? {}, 'qosClass');
  // A client that knows nothing of observedGeneration must not clear it.
  if (!status.observedGeneration) keep(status, old.status ?? {}, 'observedGeneration');
  const seen = [...(old.status?.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const index = seen.findIndex(({ type }) => type === condition.type);
    const [before] = index < 0 ? [] : seen.splice(index, 1);
    if (!condition.observedGeneration && before?.observedGeneration) {
      condition.observedGeneration = before.observedGeneration;
    }
  }
}

/**
 * Takes back what an update of one part of a pod may not touch: all but that part, which `spec`
 * holds beside what was there before, and the metadata that users write.
 */
export function preparePartUpdate(pod: Pod, old: Pod, spec: PodSpec): void {
  pod.spec = spec;
  pod.status = old.status;
  for (const field of FIXED_METADATA) keep(pod.metadata, old.metadata, field);
}

const FIXED_METADATA = [
  'deletionTimestamp',
  'finalizers',
  'labels',
  'annotations',
  'ownerReferences',
] as const;

function keep<T extends object>(target: T, old: T, field: keyof T): void {
  if (old[field] === undefined) delete target[field];
  else target[field] = old[field];
}

/**
 * Drops the fields of features that are off in v1.34, as its API server does, unless the stored
 * pod has them: image volumes, restart rules of containers, stop signals, environment from files and
 * host name overrides.
 */
export function dropDisabledFields(spec: PodSpec, old: PodSpec | undefined): void {
  if (old?.hostnameOverride === undefined) drop(spec, 'hostnameOverride');
  for (const volume of spec.volumes ?? []) {
    if (volume.image && !old?.volumes?.some(({ image }) => image)) drop(volume, 'image');
  }
  for (const container of [...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    dropFromPlainContainer(container);
  }
  for (const container of spec.initContainers ?? []) {
    if (!isSidecar(container)) drop(container, 'restartPolicy');
    dropFromContainer(container);
  }
}

/**
 * Drops the disabled fields of a container that has no restart policy of its own: that of a whole
 * container, its rules and what else {@link dropDisabledFields} names.
 */
export function dropFromPlainContainer(container: AnyContainer): void {
  drop(container, 'restartPolicy');
  dropFromContainer(container);
}

function dropFromContainer(container: AnyContainer): void {
  drop(container, 'restartPolicyRules');
  if (container.lifecycle) drop(container.lifecycle, 'stopSignal');
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom) drop(valueFrom, 'fileKeyRef');
  }
}

/** Deleting even a missing property is slow, and most are missing. */
function drop<T extends object>(target: T, field: keyof T): void {
  if (target[field] !== undefined) delete target[field];
}

/** Adds the pod's labels named by matchLabelKeys and mismatchLabelKeys to the selectors. */
function mergeLabelKeys(pod: Pod): void {
  const { affinity, topologySpreadConstraints } = pod.spec;
  const labels = pod.metadata.labels ?? {};
  mergeIntoAffinity(affinity?.podAffinity, labels);
  mergeIntoAffinity(affinity?.podAntiAffinity, labels);
  for (const { labelSelector, matchLabelKeys } of topologySpreadConstraints ?? []) {
    mergeKeys(labelSelector, matchLabelKeys, 'In', labels);
  }
}

type Labels = Readonly<Record<string, string>>;

function mergeIntoAffinity(affinity: PodAffinity | undefined, labels: Labels): void {
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const terms = [
    ...preferred.map(({ podAffinityTerm }) => podAffinityTerm),
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ];
  for (const term of terms) {
    mergeKeys(term?.labelSelector, term?.matchLabelKeys, 'In', labels);
    mergeKeys(term?.labelSelector, term?.mismatchLabelKeys, 'NotIn', labels);
  }
}

function mergeKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  // A missing selector matches nothing, and must go on doing so.
  if (selector === undefined) return;
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [
      ...(selector.matchExpressions ?? []),
      { key, operator, values: [value] },
    ];
  }
}
