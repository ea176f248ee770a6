import type { LabelSelector, Scale } from '../../generated/types.ts';
import { ageColumn, column, nameColumn } from '../core/table-columns.ts';
import type { FieldError } from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import type { ViewSubresource } from '../kind.ts';
import { formatSelector, selectorFrom } from '../labels.ts';
import type { KubeObject, ObjectMeta } from '../meta.ts';
import { Path } from '../path.ts';
import { checkCount } from './check.ts';
import { appsTexts } from './field-texts.ts';

/** What has a number of replicas. */
interface Scaled {
  readonly metadata: ObjectMeta;
  readonly spec: { replicas?: number; readonly selector: LabelSelector };
  readonly status?: { readonly replicas?: number };
}

const SHOWN = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
};

/** `scale`: how many replicas an object has and shall have, for `kubectl scale` and autoscalers. */
export const scale: ViewSubresource<Scaled> = {
  type: 'view',
  shown: SHOWN,

  show({ metadata, spec, status }) {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
    const selector = formatSelector(selectorFrom(spec.selector) ?? []);
    const shown: Scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      // Both leave out none, as in Go's JSON.
      spec: spec.replicas ? { replicas: spec.replicas } : {},
      status: { replicas: status?.replicas ?? 0, ...(selector === '' ? {} : { selector }) },
    };
    return shown as unknown as KubeObject;
  },

  validate(view) {
    const errors: FieldError[] = [];
    const { spec } = view as unknown as Scale;
    checkCount(errors, Path.of('spec'), 'replicas', spec?.replicas);
    return errors;
  },

  apply(object, view) {
    object.spec.replicas = (view as unknown as Scale).spec?.replicas ?? 0;
  },

  columns: [
    nameColumn,
    column('Desired', appsTexts.scaleReplicas, 'integer'),
    column('Available', appsTexts.scaleStatusReplicas, 'integer'),
    ageColumn,
  ],
  cells(view, now) {
    const { metadata, spec, status } = view as unknown as Scale;
    const { name = '', creationTimestamp } = metadata;
    return [name, spec.replicas ?? 0, status?.replicas ?? 0, humanAge(creationTimestamp, now)];
  },
};
