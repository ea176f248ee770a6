import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types.ts';
import { goQuote } from '../go-quote.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { claimCells, claimColumns } from './persistent-volume-claim-table.ts';
import {
  validateClaim,
  validateClaimStatus,
  validateClaimUpdate,
} from './persistent-volume-claim-validation.ts';
import { normalizeQuantities, resourceQuantity } from './pod/resource-list.ts';
import { volumeAnnotations } from './volume-facts.ts';

const NANO = 1_000_000_000n;

function setDefaults(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  claim.status ??= {};
  const { spec, status } = claim;
  status.phase ||= 'Pending';
  spec.volumeMode ??= 'Filesystem';
  normalizeQuantities(spec.resources?.requests);
  normalizeQuantities(spec.resources?.limits);
  normalizeQuantities(status.capacity);
  normalizeQuantities(status.allocatedResources);
}

/** The older field holds only what every cluster knows; each field fills the other. */
function alignDataSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource } = spec;
  const isClaim = dataSource?.kind === 'PersistentVolumeClaim' && !dataSource.apiGroup;
  const isSnapshot =
    dataSource?.kind === 'VolumeSnapshot' && dataSource.apiGroup === 'snapshot.storage.k8s.io';
  if (dataSource && !isClaim && !isSnapshot) spec.dataSource = undefined;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = { apiGroup, kind, name };
  }
}

function warningsOf({ metadata, spec }: PersistentVolumeClaim): string[] {
  const warnings: string[] = [];
  const { oldClass } = volumeAnnotations;
  if (metadata.annotations !== undefined && oldClass in metadata.annotations) {
    const text = 'deprecated since v1.8; use "storageClassName" attribute instead';
    warnings.push(`metadata.annotations[${oldClass}]: ${text}`);
  }
  for (const field of ['requests', 'limits'] as const) {
    const amount = spec.resources?.[field]?.storage;
    if (amount === undefined || (resourceQuantity(amount)?.nanos ?? 0n) % NANO === 0n) continue;
    const text = `fractional byte value ${goQuote(amount)} is invalid, must be an integer`;
    warnings.push(`spec.resources.${field}[storage]: ${text}`);
  }
  return warnings;
}

/** PersistentVolumeClaims: what pods ask for, and get a PersistentVolume for. */
export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',

  validateName: dns1123Subdomain,
  defaults: setDefaults,
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
    alignDataSources(claim.spec);
  },
  validate: validateClaim,
  warnings: warningsOf,
  update: {
    prepareForUpdate(claim, old) {
      claim.status = old.status;
    },
    validateUpdate: validateClaimUpdate,
  },
  subresources: {
    status: {
      type: 'object',
      prepareForUpdate(claim, old) {
        claim.spec = old.spec;
      },
      validateUpdate: validateClaimStatus,
    },
  },

  columns: claimColumns,
  cells: claimCells,
});
