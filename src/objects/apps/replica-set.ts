import type { ReplicaSet } from '../../generated/types.ts';
import { validateImmutable } from '../core/immutable.ts';
import { defaultTemplate, prepareTemplate } from '../core/pod/template.ts';
import { templateWarnings } from '../core/pod/warnings.ts';
import { ageColumn, column, nameColumn } from '../core/table-columns.ts';
import type { FieldError } from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { Path } from '../path.ts';
import { checkCount, checkCounts, checkSelectorAndTemplate } from './check.ts';
import { appsTexts } from './field-texts.ts';
import { scale } from './scale.ts';
import { templateCells, templateColumns } from './template-table.ts';

const SPEC = Path.of('spec');

function setDefaults(set: ReplicaSet): void {
  set.spec ??= {} as ReplicaSet['spec'];
  set.spec.replicas ??= 1;
  set.spec.template ??= {};
  defaultTemplate(set.spec.template);
}

function validate({ spec }: ReplicaSet, old?: ReplicaSet): FieldError[] {
  const errors: FieldError[] = [];
  if (spec === old?.spec) return errors;
  checkCount(errors, SPEC, 'replicas', spec.replicas);
  checkCount(errors, SPEC, 'minReadySeconds', spec.minReadySeconds);
  checkSelectorAndTemplate(spec, 'replica set', SPEC, errors);
  return errors;
}

/** The counts of a status. */
const COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
  'terminatingReplicas',
] as const;

function validateStatus({ status = { replicas: 0 } }: ReplicaSet): FieldError[] {
  const errors: FieldError[] = [];
  checkCounts(errors, { ...status }, COUNTS, 'fullyLabeledReplicas');
  return errors;
}

function warningsOf({ spec }: ReplicaSet): string[] {
  return templateWarnings(spec.template ?? {}, SPEC.child('template'));
}

/** ReplicaSets: so many pods of one template. */
export const replicaSetKind = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',

  validateName: dns1123Subdomain,
  defaults: setDefaults,
  prepareForCreate(set) {
    set.status = { replicas: 0 };
    prepareTemplate(set.spec.template ?? {});
  },
  validate,
  warnings: warningsOf,
  update: {
    prepareForUpdate(set, old) {
      set.status = old.status;
      prepareTemplate(set.spec.template ?? {}, old.spec.template);
    },
    validateUpdate: (set, old) =>
      validateImmutable(SPEC.child('selector'), set.spec.selector, old.spec.selector),
    warnings: (set, old) =>
      set.metadata.generation === old.metadata.generation ? [] : warningsOf(set),
  },
  generation: true,
  subresources: {
    scale,
    status: {
      type: 'object',
      prepareForUpdate(set, old) {
        set.spec = old.spec;
      },
      validateUpdate: validateStatus,
    },
  },

  columns: [
    nameColumn,
    column('Desired', appsTexts.replicaSetReplicas, 'integer'),
    column('Current', appsTexts.replicaSetStatusReplicas, 'integer'),
    column('Ready', appsTexts.replicaSetReadyReplicas, 'integer'),
    ageColumn,
    ...templateColumns(appsTexts.replicaSetSelector),
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name ?? '',
    spec.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    humanAge(metadata.creationTimestamp, now),
    ...templateCells(spec),
  ],
  fields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  fieldNames: ['status.replicas'],
});
