import { notSupported, Path } from '../objects/field-error.ts';
import type { Kind } from '../objects/kind.ts';
import type { KubeObject } from '../objects/meta.ts';
import { invalidOptions } from './errors.ts';
import { partialOf } from './shapes.ts';

/** What each row of a table carries besides its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  /** Of meta.k8s.io. */
  readonly version: string;
  readonly includeObject: IncludeObject;
  /** Epoch ms, for ages. */
  readonly now: number;
  /** Whether the columns are described; later frames of a watch leave them out. */
  readonly headers: boolean;
}

/** @throws ApiError Invalid */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  switch (value) {
    case null:
    case '':
      return 'Metadata';
    case 'None':
    case 'Metadata':
    case 'Object':
      return value;
    default:
      throw invalidOptions('TableOptions', [
        notSupported(Path.of('includeObject'), value, ['Metadata', 'None', 'Object']),
      ]);
  }
}

/** `objects` as meta.k8s.io's Table: what `kubectl get` prints. */
export function makeTable(
  kind: Kind,
  objects: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions,
): Readonly<Record<string, unknown>> {
  const apiVersion = `meta.k8s.io/${options.version}`;
  return {
    kind: 'Table',
    apiVersion,
    metadata,
    columnDefinitions: options.headers
      ? kind.columns.map(({ name, type, format = '', description, priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: kind.cells(object, options.now),
      object: rowObject(object, options.includeObject, apiVersion),
    })),
  };
}

function rowObject(object: KubeObject, include: IncludeObject, apiVersion: string): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialOf(object, apiVersion);
}
