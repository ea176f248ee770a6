import type { PodTemplateSpec } from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, notSupported } from '../../field-error.ts';
import { everything, matchesLabels, type Selector, validateLabels } from '../../labels.ts';
import { qualifiedName } from '../../names.ts';
import type { Path } from '../../path.ts';
import { defaultPodSpec } from './defaults.ts';
import { dropDisabledFields } from './prepare.ts';
import { validateAnnotations, validateProfilesAgree } from './validate-annotations.ts';
import { validatePodSpec } from './validate-pod.ts';

/** Fills in a pod template: what a pod's spec gets, but not what a pod itself gets. */
export function defaultTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {};
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

/** Drops the fields of features that are off, unless the stored template has them. */
export function prepareTemplate(template: PodTemplateSpec, old?: PodTemplateSpec): void {
  if (template.spec !== undefined) dropDisabledFields(template.spec, old?.spec);
}

/**
 * Checks a template (with defaults) of pods that run for good, as upstream's
 * ValidatePodTemplateSpecForReplicaSet.
 *
 * @param selector what its labels must match; null when that could not be read
 */
export function validateTemplate(
  template: PodTemplateSpec,
  selector: Selector,
  at: Path,
  errors: FieldError[],
): void {
  const { metadata: { labels, annotations } = {}, spec = { containers: [] } } = template;
  if (!matchesLabels(selector ?? everything, labels)) {
    const labelsAt = at.child('metadata', 'labels');
    errors.push(invalid(labelsAt, labels ?? {}, '`selector` does not match template `labels`'));
  }
  errors.push(...validateLabels(labels, at.child('labels')));
  const annotationsAt = at.child('annotations');
  for (const key of Object.keys(annotations ?? {})) {
    // Upstream compares keys in lower case.
    for (const why of qualifiedName(key.toLowerCase())) {
      errors.push(invalid(annotationsAt, key, why));
    }
  }
  validateAnnotations(annotations, spec, errors, annotationsAt);
  const specAt = at.child('spec');
  validatePodSpec(spec, specAt, errors, '');
  validateProfilesAgree(annotations, spec, specAt, errors);
  if (spec.ephemeralContainers?.length) {
    const detail = 'ephemeral containers not allowed in pod template';
    errors.push(forbidden(specAt.child('ephemeralContainers'), detail));
  }
  if (spec.restartPolicy !== 'Always') {
    errors.push(notSupported(specAt.child('restartPolicy'), spec.restartPolicy, ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    errors.push(forbidden(specAt.child('activeDeadlineSeconds'), detail));
  }
}
