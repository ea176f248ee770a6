/** Reads the two packages' files as text: importing 500 modules would take a second. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A field of a model as client-node describes it. */
export interface ModelField {
  readonly name: string;
  /** Such as `string`, `Array<V1Container>`, `{ [key: string]: string; }`, `Date`. */
  readonly type: string;
  readonly format: string;
  readonly required: boolean;
  readonly description: string;
}

export interface Model {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly ModelField[];
}

export interface Models {
  readonly byName: ReadonlyMap<string, Model>;
  /** For each stable API file, such as CoreV1: the models it mentions. */
  readonly byApi: ReadonlyMap<string, readonly string[]>;
}

/** A type of kubernetes-types. */
export interface OldType {
  readonly name: string;
  /** Folder and version: `core/v1`, `meta/v1`. */
  readonly groupVersion: string;
  readonly description: string;
  /** Type text (white space squeezed) and description by field. */
  readonly fields: ReadonlyMap<string, { readonly type: string; readonly description: string }>;
}

/** V1Pod, V2MetricSpec, CoreV1Event, but not V1beta1X. */
const STABLE = /^([A-Z][a-z]+)?V[0-9]+[A-Z]/;

/** The stable models of client-node; the package's own list leaves out stale files. */
export function readModels(folder: string): Models {
  const byName = new Map<string, Model>();
  const list = readFileSync(join(folder, 'models/all.d.ts'), 'utf8');
  for (const [, name] of list.matchAll(/models\/(\w+)\.js/g)) {
    if (name !== 'VersionInfo' && !STABLE.test(name!)) continue;
    byName.set(name!, readModel(folder, name!));
  }
  const byApi = new Map<string, string[]>();
  for (const file of readdirSync(join(folder, 'apis'))) {
    const api = /^(\w+V[0-9]+)Api\.d\.ts$/.exec(file)?.[1];
    if (api === undefined || /V[0-9]+(alpha|beta)/.test(api)) continue;
    const text = readFileSync(join(folder, 'apis', file), 'utf8');
    byApi.set(
      api,
      [...text.matchAll(/models\/(\w+)\.js/g)].map((match) => match[1]!),
    );
  }
  return { byName, byApi };
}

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

function readModel(folder: string, name: string): Model {
  const code = readFileSync(join(folder, `models/${name}.js`), 'utf8');
  const start = code.indexOf('[', code.indexOf('.attributeTypeMap = '));
  const attributes = JSON.parse(code.slice(start, code.indexOf('];', start) + 1)) as Attribute[];
  const types = readFileSync(join(folder, `models/${name}.d.ts`), 'utf8');
  const documented = new Map<string, { required: boolean; description: string }>();
  const member = /(?:\/\*\*\n((?: +\*[^\n]*\n)*?) +\*\/\n +)?'([^'\n]+)'(\??): /g;
  for (const [, comment, key, optional] of types.matchAll(member))
    documented.set(key!, { required: optional === '', description: fromComment(comment) });
  const about = /\n\/\*\*\n((?:\*[^\n]*\n)*?)\*\/\nexport declare class/.exec(types)?.[1];
  return {
    name,
    description: fromComment(about),
    fields: attributes.map(({ name: key, baseName, type, format }) => {
      const { required, description } = documented.get(key)!;
      return { name: baseName, type, format, required, description };
    }),
  };
}

function fromComment(comment: string | undefined): string {
  return (comment ?? '')
    .split('\n')
    .map((line) => line.replace(/^ *\* ?/, ''))
    .join('\n')
    .trim()
    .replace(/\\(['"\\])/g, '$1');
}

/** The types of kubernetes-types' stable versions, and of the alpha ones that became stable. */
export function readOldTypes(folder: string): readonly OldType[] {
  const types: OldType[] = [];
  const files = [['api/resource', 'api/resource.d.ts']];
  for (const group of readdirSync(folder, { withFileTypes: true })) {
    if (!group.isDirectory() || group.name === 'api') continue;
    for (const file of readdirSync(join(folder, group.name))) {
      const version = /^(v[0-9]+)\.d\.ts$/.exec(file)?.[1];
      if (version !== undefined) files.push([`${group.name}/${version}`, join(group.name, file)]);
    }
  }
  for (const [groupVersion, path] of files)
    types.push(...readOldFile(groupVersion!, readFileSync(join(folder, path!), 'utf8')));
  return types;
}

const COMMENT = '(?:/\\*\\*((?:(?!\\*/)[^])*?)\\*/\\n *)?';

function* readOldFile(groupVersion: string, text: string): Generator<OldType> {
  const declaration = new RegExp(
    `${COMMENT}export (?:interface (\\w+) \\{\\n([^]*?)\\n?\\}\\n|type (\\w+) = [^\\n]*\\n)`,
    'g',
  );
  const member = new RegExp(
    `${COMMENT}(?:readonly )?"?([\\w$-]+)"?\\??: ((?:\\{[^}]*\\}|[^;{])+);`,
    'g',
  );
  for (const [, comment, name, body, alias] of text.matchAll(declaration)) {
    const fields = new Map<string, { type: string; description: string }>();
    for (const [, about, key, type] of (body ?? '').matchAll(member))
      fields.set(key!, {
        type: type!.replace(/\s+/g, ' '),
        description: fromComment(about),
      });
    yield {
      name: (name ?? alias)!,
      groupVersion,
      description: fromComment(comment),
      fields,
    };
  }
}
