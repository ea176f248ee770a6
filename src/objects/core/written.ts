import { type FieldError, message } from '../field-error.ts';
import type { Kind, WriteRules } from '../kind.ts';
import { deepFreeze, type KubeObject } from '../meta.ts';

/** What became of a write in a test: the object as it would be stored, and the complaints. */
export interface Written {
  readonly object: KubeObject;
  readonly errors: readonly string[];
}

const CONTEXT = { now: Date.UTC(2026, 0, 2, 3, 4, 5) };

function make(kind: Kind, fields: object): KubeObject {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const { metadata, ...rest } = fields as { metadata?: object };
  const namespace = kind.namespaced ? { namespace: 'default' } : {};
  return structuredClone({
    apiVersion,
    kind: kind.kind,
    metadata: { name: 'x', ...namespace, ...metadata },
    ...rest,
  }) as KubeObject;
}

function messages(errors: readonly FieldError[] | undefined): string[] {
  return (errors ?? []).map(message);
}

/** Creates an object of `kind` as the API server does, for the tests of kinds. */
export function created(kind: Kind, fields: object): Written {
  const object = make(kind, fields);
  kind.defaults?.(object);
  kind.prepareForCreate?.(object, CONTEXT);
  const errors = messages([
    ...(kind.validate?.(object) ?? []),
    ...(kind.validateCreate?.(object) ?? []),
  ]);
  return { object, errors };
}

/** Updates an object, made from `before`, to `after`, by the rules of `subresource` if given. */
export function updated(kind: Kind, before: object, after: object, subresource = ''): Written {
  const first = make(kind, before);
  kind.defaults?.(first);
  const old = deepFreeze(first);
  const object = make(kind, after);
  kind.defaults?.(object);
  const rules =
    subresource === '' ? kind.update : (kind.subresources[subresource] as WriteRules<KubeObject>);
  rules.prepareForUpdate?.(object, old, CONTEXT);
  kind.defaults?.(object);
  const errors = messages([
    ...(kind.validate?.(object) ?? []),
    ...(rules.validateUpdate?.(object, old) ?? []),
  ]);
  return { object, errors };
}

/** The row of a table by column names. */
export function row(kind: Kind, object: KubeObject): Record<string, unknown> {
  const cells = kind.cells(object, CONTEXT.now);
  return Object.fromEntries(kind.columns.map(({ name }, index) => [name, cells[index]]));
}
