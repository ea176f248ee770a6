import type { Pod } from '../../../generated/types.ts';
import { forbidden } from '../../field-error.ts';
import { goQuote } from '../../go-quote.ts';
import type { ObjectSubresource } from '../../kind.ts';
import { isEqual } from './equal.ts';
import { dropFromPlainContainer, preparePartUpdate } from './prepare.ts';
import { specDiff } from './spec-diff.ts';
import { MIRROR_ANNOTATION, validateAnnotationUpdate } from './validate-annotations.ts';
import { SPEC_AT, validatePod } from './validate-pod.ts';

/** `pods/ephemeralcontainers`: containers for debugging, added to a running pod for good. */
export const ephemeralContainers: ObjectSubresource<Pod> = {
  type: 'object',

  prepareForUpdate(pod, old) {
    const { ephemeralContainers: wanted } = pod.spec;
    preparePartUpdate(pod, old, { ...old.spec, ephemeralContainers: wanted });
    if (wanted === undefined) delete pod.spec.ephemeralContainers;
    for (const container of wanted ?? []) dropFromPlainContainer(container);
  },

  validateUpdate(pod, old) {
    if (old.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
      return [forbidden('', 'static pods do not support ephemeral containers')];
    }
    const errors = validatePod(pod);
    validateAnnotationUpdate(pod, old, errors);
    const at = SPEC_AT.child('ephemeralContainers');
    const containers = new Map(pod.spec.ephemeralContainers?.map((each) => [each.name, each]));
    for (const before of old.spec.ephemeralContainers ?? []) {
      const next = containers.get(before.name);
      const start = `existing ephemeral containers ${goQuote(before.name)} may not be`;
      if (next === undefined) errors.push(forbidden(at, `${start} removed\n`));
      else if (!isEqual(before, next)) {
        errors.push(forbidden(at, `${start} changed\n${specDiff(before, next)}`));
      }
    }
    return errors;
  },
};
