import type { Binding } from '../../generated/types.ts';
import { type FieldError, notSupported, Path, required } from '../field-error.ts';
import type { KubeObject } from '../meta.ts';

/** What a scheduler posts to a pod's `binding`, and the name of its definition. */
export const bindingKind = { group: '', version: 'v1', kind: 'Binding' } as const;
export const BINDING_SCHEMA = 'io.k8s.api.core.v1.Binding';

/** Complaints about a Binding: its target is a node, by name. */
export function validateBinding(body: KubeObject): FieldError[] {
  const { target } = body as unknown as Partial<Binding>;
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== 'Node') {
    errors.push(notSupported(Path.of('target', 'kind'), target.kind, ['Node', '<empty>']));
  }
  if (!target?.name) errors.push(required(Path.of('target', 'name')));
  return errors;
}
