import type { Namespace } from '../../generated/types.ts';
import { type FieldError, invalid, Path } from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind, type WriteRules } from '../kind.ts';
import { dns1123Label, qualifiedName } from '../names.ts';
import { ageColumn, column, nameColumn } from './table-columns.ts';

const KUBERNETES = 'kubernetes';
/** Finalizers that need no domain. */
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set([
  KUBERNETES,
  'orphan',
  'foregroundDeletion',
]);
const NAME_LABEL = 'kubernetes.io/metadata.name';

const HELD =
  'The system is ensuring all content is removed from this namespace.  ' +
  'Upon completion, this namespace will automatically be purged by the system.';

/** Every namespace carries its own name as a label, so that selectors can choose it. */
function setDefaults(namespace: Namespace): void {
  const name = namespace.metadata.name;
  if (!name) return;
  namespace.metadata = {
    ...namespace.metadata,
    labels: { ...namespace.metadata.labels, [NAME_LABEL]: name },
  };
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ??= 'Active';
}

function validateFinalizer(finalizer: string, path: Path): FieldError[] {
  const errors = qualifiedName(finalizer).map((detail) => invalid(path, finalizer, detail));
  if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer)) {
    const detail = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalid(path, finalizer, detail));
  }
  return errors;
}

function validateStatus(namespace: Namespace): FieldError[] {
  const phase = namespace.status?.phase;
  const path = Path.of('status', 'Phase');
  if (!namespace.metadata.deletionTimestamp) {
    const detail = "may only be 'Active' if `deletionTimestamp` is empty";
    return phase === 'Active' ? [] : [invalid(path, phase, detail)];
  }
  const detail = "may only be 'Terminating' if `deletionTimestamp` is not empty";
  return phase === 'Terminating' ? [] : [invalid(path, phase, detail)];
}

const finalize: WriteRules<Namespace> = {
  prepareForUpdate(namespace, old) {
    namespace.status = old.status;
  },
  validateUpdate(namespace) {
    const path = Path.of('spec', 'finalizers');
    const finalizers = namespace.spec.finalizers ?? [];
    return finalizers.flatMap((name, index) => validateFinalizer(name, path.index(index)));
  },
};

/** Namespaces: where other objects live. Deleting one empties it first (spec.finalizers). */
export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',

  validateName: dns1123Label,
  defaults: setDefaults,
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec.finalizers ?? [];
    if (finalizers.includes(KUBERNETES)) return;
    namespace.spec = { ...namespace.spec, finalizers: [...finalizers, KUBERNETES] };
  },
  validate(namespace) {
    const path = Path.of('spec', 'finalizers');
    return (namespace.spec.finalizers ?? []).flatMap((name) => validateFinalizer(name, path));
  },
  update: {
    prepareForUpdate(namespace, old) {
      namespace.spec = { ...namespace.spec, finalizers: old.spec.finalizers };
      namespace.status = old.status;
    },
  },
  delete: {
    gracePeriodSeconds: () => 0,
    prepareForDelete(namespace) {
      namespace.status = { ...namespace.status, phase: 'Terminating' };
    },
    held: (namespace) => ((namespace.spec.finalizers ?? []).length > 0 ? HELD : undefined),
  },
  subresources: {
    status: {
      type: 'object',
      prepareForUpdate(namespace, old) {
        namespace.spec = old.spec;
      },
      validateUpdate: validateStatus,
    },
    finalize: { type: 'object', ...finalize },
  },

  columns: [nameColumn, column('Status', 'The status of the namespace'), ageColumn],
  cells: (namespace, now) => [
    namespace.metadata.name ?? '',
    namespace.status?.phase ?? '',
    humanAge(namespace.metadata.creationTimestamp, now),
  ],
  fields: (namespace) => ({
    'status.phase': namespace.status?.phase ?? '',
    // Upstream answers this one too, beside metadata.name, and keeps it for old clients.
    name: namespace.metadata.name ?? '',
  }),
  fieldNames: ['status.phase', 'name'],
});
