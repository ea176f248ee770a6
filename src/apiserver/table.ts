import { notSupported, Path } from '../objects/field-error.ts';
import type { Kind } from '../objects/kind.ts';
import type { KubeObject } from '../objects/meta.ts';
import type { KeyValue } from '../storage/store.ts';
import type { Stored } from '../storage/stored.ts';
import { invalidOptions } from './errors.ts';
import type { EncodedObject, ResponseBody } from './handler.ts';
import type { Resource } from './kind-table.ts';
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

/** What tables are made by. */
export type Tabular = Pick<Kind, 'columns' | 'cells'>;

/** `objects` as meta.k8s.io's Table: what `kubectl get` prints. */
export function makeTable(
  kind: Tabular,
  objects: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions,
): Readonly<Record<string, unknown>> {
  const rows = objects.map((object) => makeRow(kind, object, options));
  return { ...tableHead(kind, metadata, options), rows };
}

/** A collection as a table whose rows are made as they are written: there may be many. */
export function tableBody(
  resource: Resource,
  items: readonly KeyValue<Stored>[],
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions,
): ResponseBody {
  const head = tableHead(resource.kind, metadata, options);
  return { type: 'table', head, rows: items.map((item) => new Row(resource, item.value, options)) };
}

/** Keeps neither cells nor JSON: ages change, and nobody asks twice. */
class Row implements EncodedObject {
  readonly #resource: Resource;
  readonly #stored: Stored;
  readonly #options: TableOptions;

  constructor(resource: Resource, stored: Stored, options: TableOptions) {
    this.#resource = resource;
    this.#stored = stored;
    this.#options = options;
  }

  get object(): unknown {
    return makeRow(this.#resource.kind, this.#resource.view(this.#stored), this.#options);
  }

  get json(): Uint8Array {
    return Buffer.from(JSON.stringify(this.object));
  }
}

function tableHead(
  kind: Tabular,
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions,
): Readonly<Record<string, unknown>> {
  return {
    kind: 'Table',
    apiVersion: apiVersionOf(options),
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
  };
}

function makeRow(kind: Tabular, object: KubeObject, options: TableOptions): unknown {
  return { cells: kind.cells(object, options.now), object: rowObject(object, options) };
}

function rowObject(object: KubeObject, options: TableOptions): unknown {
  if (options.includeObject === 'None') return null;
  return options.includeObject === 'Object' ? object : partialOf(object, apiVersionOf(options));
}

function apiVersionOf({ version }: TableOptions): string {
  return `meta.k8s.io/${version}`;
}
