import { apiVersionOf, type Kind } from '../../objects/kind.ts';
import { COMMON_DEFINITIONS, renderPaths } from './paths.ts';
import {
  type Descriptions,
  type Json,
  type OpenApiVersion,
  reachable,
  renderDefinition,
} from './schemas.ts';

/** `api/v1` or `apis/apps/v1`: a group version's place under /openapi/v3/. */
export function documentPath(kind: Pick<Kind, 'group' | 'version'>): string {
  return `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
}

/** The OpenAPI v3 document of one group version, whose kinds `kinds` are. */
export function buildV3(
  kinds: readonly Kind[],
  descriptions: Descriptions,
  serverVersion: string,
): Json {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion },
    paths: renderAllPaths(kinds, 3),
    components: {
      schemas: renderSchemas(kinds, descriptions, 3),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

/** The OpenAPI v2 (Swagger) document of all kinds. */
export function buildV2(
  kinds: readonly Kind[],
  descriptions: Descriptions,
  serverVersion: string,
): Json {
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: serverVersion },
    paths: renderAllPaths(kinds, 2),
    definitions: renderSchemas(kinds, descriptions, 2),
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

function renderAllPaths(kinds: readonly Kind[], version: OpenApiVersion): Json {
  const paths: Json = {};
  for (const kind of kinds) Object.assign(paths, renderPaths(kind, version));
  return paths;
}

function renderSchemas(
  kinds: readonly Kind[],
  descriptions: Descriptions,
  version: OpenApiVersion,
): Json {
  const typed = groupVersionKinds(kinds);
  const schemas: Json = {};
  for (const name of reachable([...typed.keys(), ...COMMON_DEFINITIONS])) {
    const schema = renderDefinition(name, descriptions, version);
    const own = typed.get(name);
    if (own !== undefined) schema['x-kubernetes-group-version-kind'] = own;
    schemas[name] = schema;
  }
  return schemas;
}

interface GroupVersionKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

/** The definitions that stand for whole objects, with what clients know these by. */
function groupVersionKinds(kinds: readonly Kind[]): Map<string, GroupVersionKind[]> {
  const typed = new Map<string, GroupVersionKind[]>();
  for (const { group, version, kind, schema, subresources, isQuestion } of kinds) {
    typed.set(schema, [{ group, kind, version }]);
    if (!isQuestion) typed.set(`${schema}List`, [{ group, kind: `${kind}List`, version }]);
    for (const subresource of Object.values(subresources))
      if (subresource.type === 'view') {
        const { schema: shown, ...gvk } = subresource.shown;
        typed.set(shown, [gvk]);
      } else if (subresource.type === 'action' || subresource.type === 'question') {
        const { group: ownGroup, kind: ownKind, version: ownVersion } = subresource.kind;
        typed.set(subresource.schema, [{ group: ownGroup, kind: ownKind, version: ownVersion }]);
      }
  }
  return typed;
}
