import type { Lease } from '../../generated/types.ts';
import { fieldTexts } from '../core/field-texts.ts';
import { ageColumn, column, nameColumn } from '../core/table-columns.ts';
import { type FieldError, forbidden, invalid, notSupported, Path } from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain, qualifiedName } from '../names.ts';

const SPEC = Path.of('spec');
const STRATEGIES = ['OldestEmulationVersion'];

function validate({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds: seconds, leaseTransitions, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds <= 0) {
    const path = SPEC.child('leaseDurationSeconds');
    errors.push(invalid(path, seconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const path = SPEC.child('leaseTransitions');
    errors.push(invalid(path, leaseTransitions, 'must be greater than or equal to 0'));
  }
  if (strategy !== undefined) {
    // Upstream names the field twice.
    const path = SPEC.child('strategy', 'strategy');
    if (strategy.includes('/')) {
      errors.push(...qualifiedName(strategy).map((text) => invalid(path, strategy, text)));
    } else if (!STRATEGIES.includes(strategy)) {
      errors.push(notSupported(path, strategy, STRATEGIES));
    }
  }
  if (preferredHolder && !strategy) {
    const detail = 'may only be specified if `strategy` is defined';
    errors.push(forbidden(SPEC.child('preferredHolder'), detail));
  }
  return errors;
}

/** Leases: who holds something, and until when. A node's kubelet renews one to show it lives. */
export const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',

  validateName: dns1123Subdomain,
  defaults(lease) {
    lease.spec ??= {};
  },
  validate,
  update: {},
  unconditionalUpdateForbidden: true,
  createOnUpdate: true,
  subresources: {},

  columns: [nameColumn, column('Holder', fieldTexts.leaseHolder), ageColumn],
  cells: (lease, now) => [
    lease.metadata.name ?? '',
    lease.spec.holderIdentity ?? '',
    humanAge(lease.metadata.creationTimestamp, now),
  ],
});
