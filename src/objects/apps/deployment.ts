import type { Deployment } from '../../generated/types.ts';
import { equalJson, validateImmutable } from '../core/immutable.ts';
import { defaultTemplate, prepareTemplate } from '../core/pod/template.ts';
import { templateWarnings } from '../core/pod/warnings.ts';
import { ageColumn, column, nameColumn } from '../core/table-columns.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { Path } from '../path.ts';
import { validateDeployment, validateDeploymentStatus } from './deployment-validation.ts';
import { appsTexts } from './field-texts.ts';
import { scale } from './scale.ts';
import { templateCells, templateColumns } from './template-table.ts';

const SPEC = Path.of('spec');

function setDefaults(deployment: Deployment): void {
  deployment.spec ??= {} as Deployment['spec'];
  const { spec } = deployment;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.template ??= {};
  defaultTemplate(spec.template);
  spec.strategy ??= {};
  const { strategy } = spec;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type !== 'RollingUpdate') return;
  strategy.rollingUpdate ??= {};
  strategy.rollingUpdate.maxUnavailable ??= '25%';
  strategy.rollingUpdate.maxSurge ??= '25%';
}

function warningsOf({ spec }: Deployment): string[] {
  return templateWarnings(spec.template, SPEC.child('template'));
}

/** Deployments: ReplicaSets that follow one another as the template changes. */
export const deploymentKind = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',

  validateName: dns1123Subdomain,
  defaults: setDefaults,
  prepareForCreate(deployment) {
    deployment.status = {};
    prepareTemplate(deployment.spec.template);
  },
  validate: validateDeployment,
  warnings: warningsOf,
  update: {
    prepareForUpdate(deployment, old) {
      deployment.status = old.status;
      prepareTemplate(deployment.spec.template, old.spec.template);
    },
    validateUpdate: (deployment, old) =>
      validateImmutable(SPEC.child('selector'), deployment.spec.selector, old.spec.selector),
    warnings: (deployment, old) =>
      deployment.metadata.generation === old.metadata.generation ? [] : warningsOf(deployment),
  },
  // Its annotations become those of its ReplicaSets, so that a controller must have seen them.
  generation: (deployment, old) =>
    !equalJson(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  subresources: {
    scale,
    status: {
      type: 'object',
      prepareForUpdate(deployment, old) {
        deployment.spec = old.spec;
        deployment.metadata.labels = old.metadata.labels;
      },
      validateUpdate: validateDeploymentStatus,
    },
  },

  columns: [
    nameColumn,
    column('Ready', appsTexts.deploymentReady),
    column('Up-to-date', appsTexts.deploymentUpdated, 'integer'),
    column('Available', appsTexts.deploymentAvailable, 'integer'),
    ageColumn,
    ...templateColumns(appsTexts.deploymentSelector),
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name ?? '',
    `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    humanAge(metadata.creationTimestamp, now),
    ...templateCells(spec),
  ],
});
