import { apiVersionOf, type Kind, type Subresource } from '../../objects/kind.ts';
import {
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
  optionParameters,
  PATCH_PARAMETERS,
  type Parameter,
  pathParameters,
  renderParameter,
  WRITE_PARAMETERS,
} from './parameters.ts';
import { type Json, type OpenApiVersion, schemaRef } from './schemas.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Definitions that operations refer to, whatever the kind. */
export const COMMON_DEFINITIONS: readonly string[] = [
  `${META}.DeleteOptions`,
  `${META}.Patch`,
  `${META}.Status`,
  `${META}.WatchEvent`,
];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Operation {
  readonly method: Method;
  /** x-kubernetes-action. */
  readonly action: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body?: string;
  readonly answer: string;
  /** The kind that is sent or answered. */
  readonly kind: Pick<Kind, 'group' | 'version' | 'kind'>;
}

/** All operations of a kind and its subresources, by path. */
export function renderPaths(kind: Kind, version: OpenApiVersion): Json {
  const root = kind.group === '' ? '/api/' : '/apis/';
  const base = `${root}${apiVersionOf(kind)}`;
  const own = kind.namespaced
    ? `${base}/namespaces/{namespace}/${kind.plural}`
    : `${base}/${kind.plural}`;
  if (kind.isQuestion) {
    const asked = collectionOperations(kind).filter(({ method }) => method === 'post');
    return { [own]: renderPath(own, kind, asked, version) };
  }
  const paths: Record<string, readonly Operation[]> = {
    [own]: collectionOperations(kind),
    [`${own}/{name}`]: objectOperations(kind, kind),
  };
  if (kind.namespaced) paths[`${base}/${kind.plural}`] = collectionOperations(kind).slice(0, 1);
  for (const [name, subresource] of Object.entries(kind.subresources))
    paths[`${own}/{name}/${name}`] = subresourceOperations(kind, subresource);
  const isServed = ({ method }: Operation) => !kind.isComputed || method === 'get';
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      renderPath(path, kind, operations.filter(isServed), version),
    ]),
  );
}

function collectionOperations(kind: Kind): Operation[] {
  const { schema } = kind;
  return [
    {
      method: 'get',
      action: 'list',
      description: `list or watch objects of kind ${kind.kind}`,
      parameters: LIST_PARAMETERS,
      answer: `${schema}List`,
      kind,
    },
    {
      method: 'post',
      action: 'post',
      description: `create a ${kind.kind}`,
      parameters: WRITE_PARAMETERS,
      body: schema,
      answer: schema,
      kind,
    },
    {
      method: 'delete',
      action: 'deletecollection',
      description: `delete collection of ${kind.kind}`,
      parameters: [...LIST_PARAMETERS, ...DELETE_PARAMETERS],
      body: `${META}.DeleteOptions`,
      answer: `${META}.Status`,
      kind,
    },
  ];
}

/** @param of the kind itself, or another that a subresource shows it as */
function objectOperations(kind: Kind, of: Operation['kind'] & Pick<Kind, 'schema'>): Operation[] {
  const { schema } = of;
  const common = { answer: schema, kind: of };
  return [
    {
      ...common,
      method: 'get',
      action: 'get',
      description: `read the specified ${kind.kind}`,
      parameters: [],
    },
    {
      ...common,
      method: 'put',
      action: 'put',
      description: `replace the specified ${kind.kind}`,
      parameters: WRITE_PARAMETERS,
      body: schema,
    },
    {
      ...common,
      method: 'patch',
      action: 'patch',
      description: `partially update the specified ${kind.kind}`,
      parameters: PATCH_PARAMETERS,
      body: `${META}.Patch`,
    },
    {
      ...common,
      method: 'delete',
      action: 'delete',
      description: `delete a ${kind.kind}`,
      parameters: DELETE_PARAMETERS,
      body: `${META}.DeleteOptions`,
      answer: `${META}.Status`,
    },
  ];
}

function subresourceOperations(kind: Kind, subresource: Subresource<never>): Operation[] {
  if (subresource.type === 'object' || subresource.type === 'view')
    return objectOperations(kind, subresource.type === 'view' ? subresource.shown : kind).filter(
      ({ method }) => method !== 'delete',
    );
  if (subresource.type === 'action' || subresource.type === 'question')
    return [
      {
        method: 'post',
        action: 'post',
        description: `create a ${subresource.kind.kind} of the specified ${kind.kind}`,
        parameters: WRITE_PARAMETERS,
        body: subresource.schema,
        answer: subresource.schema,
        kind: subresource.kind,
      },
    ];
  const verbs = subresource.type === 'connect' ? (['get', 'create'] as const) : subresource.verbs;
  return verbs.map((verb) => ({
    method: verb === 'get' ? 'get' : 'post',
    action: 'connect',
    description: `connect to the specified ${kind.kind}`,
    parameters: subresource.type === 'connect' ? optionParameters(subresource.options) : [],
    answer: `${META}.Status`,
    kind: subresource.type === 'connect' ? subresource.kind : kind,
  }));
}

function renderPath(
  path: string,
  kind: Kind,
  operations: readonly Operation[],
  version: OpenApiVersion,
): Json {
  const rendered = Object.fromEntries(
    operations.map((operation) => [
      operation.method,
      renderOperation(path, kind, operation, version),
    ]),
  );
  const shared = pathParameters(path, kind.kind).map((parameter) =>
    renderParameter(parameter, version),
  );
  return shared.length === 0 ? rendered : { parameters: shared, ...rendered };
}

function renderOperation(
  path: string,
  kind: Kind,
  operation: Operation,
  version: OpenApiVersion,
): Json {
  const { group, version: of, kind: name } = operation.kind;
  const parameters = operation.parameters.map((parameter) => renderParameter(parameter, version));
  const schema = schemaRef(version, operation.answer);
  const answer =
    version === 3
      ? { description: 'OK', content: { 'application/json': { schema } } }
      : { description: 'OK', schema };
  return {
    tags: [tagOf(kind)],
    description: operation.description,
    operationId: operationId(path, kind, operation),
    ...renderBody(operation, parameters, version),
    responses: { 200: answer },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, kind: name, version: of },
  };
}

function renderBody(
  { method, body }: Operation,
  parameters: Json[],
  version: OpenApiVersion,
): Json {
  const isOptional = method === 'delete';
  const schema = body === undefined ? undefined : schemaRef(version, body);
  if (version === 3)
    return {
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(schema === undefined
        ? {}
        : {
            requestBody: {
              content: { [method === 'patch' ? 'application/json-patch+json' : '*/*']: { schema } },
              ...(isOptional ? {} : { required: true }),
            },
          }),
    };
  const all =
    schema === undefined
      ? parameters
      : [
          { name: 'body', in: 'body', ...(isOptional ? {} : { required: true }), schema },
          ...parameters,
        ];
  return { consumes: ['*/*'], produces: ['application/json'], parameters: all };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function groupWord(group: string): string {
  const first = group === '' ? 'core' : group.split('.')[0]!;
  return first;
}

function tagOf(kind: Kind): string {
  return `${groupWord(kind.group)}_${kind.version}`;
}

/** readCoreV1NamespacedPodStatus: unique, as OpenAPI asks. */
function operationId(path: string, kind: Kind, { action, method }: Operation): string {
  const VERBS: Readonly<Record<string, string>> = {
    get: 'read',
    post: 'create',
    put: 'replace',
    deletecollection: 'deleteCollection',
    connect: `connect${capital(method)}`,
  };
  const scope = path.includes('{namespace}') ? 'Namespaced' : '';
  const everywhere = kind.namespaced && scope === '' ? 'ForAllNamespaces' : '';
  const tail = path.split('{name}/')[1] ?? '';
  const group = capital(groupWord(kind.group)) + capital(kind.version);
  return `${VERBS[action] ?? action}${group}${scope}${kind.kind}${capital(tail)}${everywhere}`;
}
