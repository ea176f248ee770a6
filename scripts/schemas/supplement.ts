import type { Schema } from './definitions.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const CORE = 'io.k8s.api.core.v1';
const RESOURCE = 'io.k8s.api.resource.v1';

/** Quantities that came after kubernetes-types' version; client-node knows them as strings. */
export const LATER_QUANTITIES: ReadonlySet<string> = new Set([
  `${RESOURCE}.CapacityRequestPolicy.default`,
  `${RESOURCE}.CapacityRequestPolicy.validValues`,
  `${RESOURCE}.CapacityRequestPolicyRange.max`,
  `${RESOURCE}.CapacityRequestPolicyRange.min`,
  `${RESOURCE}.CapacityRequestPolicyRange.step`,
  `${RESOURCE}.CapacityRequirements.requests`,
  `${RESOURCE}.Counter.value`,
  `${RESOURCE}.DeviceCapacity.value`,
  `${RESOURCE}.DeviceRequestAllocationResult.consumedCapacity`,
]);

/** What client-node calls `any` and upstream has a name for. */
export const UNTYPED: Readonly<Record<string, Schema>> = {
  [`${APIEXTENSIONS}.CustomResourceSubresources.status`]: {
    $ref: `${APIEXTENSIONS}.CustomResourceSubresourceStatus`,
  },
  [`${APIEXTENSIONS}.JSONSchemaProps.additionalItems`]: {
    $ref: `${APIEXTENSIONS}.JSONSchemaPropsOrBool`,
  },
  [`${APIEXTENSIONS}.JSONSchemaProps.additionalProperties`]: {
    $ref: `${APIEXTENSIONS}.JSONSchemaPropsOrBool`,
  },
  [`${APIEXTENSIONS}.JSONSchemaProps.items`]: { $ref: `${APIEXTENSIONS}.JSONSchemaPropsOrArray` },
  [`${APIEXTENSIONS}.JSONSchemaProps.default`]: { $ref: `${APIEXTENSIONS}.JSON` },
  [`${APIEXTENSIONS}.JSONSchemaProps.example`]: { $ref: `${APIEXTENSIONS}.JSON` },
  [`${APIEXTENSIONS}.JSONSchemaProps.enum`]: {
    type: 'array',
    items: { $ref: `${APIEXTENSIONS}.JSON` },
  },
  [`${APIEXTENSIONS}.JSONSchemaProps.dependencies`]: {
    type: 'object',
    additionalProperties: { $ref: `${APIEXTENSIONS}.JSONSchemaPropsOrStringArray` },
  },
  [`${META}.ManagedFieldsEntry.fieldsV1`]: { $ref: `${META}.FieldsV1` },
};

const string: Schema = { type: 'string' };
const boolean: Schema = { type: 'boolean' };
const strings: Schema = { type: 'array', items: string };
const int64: Schema = { type: 'integer', format: 'int64' };
const typeMeta = { apiVersion: string, kind: string };
const streams = { stdin: boolean, stdout: boolean, stderr: boolean, tty: boolean };
const writeOptions = {
  ...typeMeta,
  dryRun: strings,
  fieldManager: string,
  fieldValidation: string,
};

function options(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties: { ...typeMeta, ...properties } };
}

/** Definitions that no model stands for: scalars with a meaning, open JSON, query options. */
export const EXTRA_DEFINITIONS: Readonly<Record<string, Schema & { description?: string }>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    type: 'string',
    format: 'int-or-string',
    description:
      'IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field that can accept a name or number.',
  },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': {
    type: 'object',
    description: 'RawExtension is used to hold extensions in external versions.',
  },
  [`${META}.Time`]: { type: 'string', format: 'date-time' },
  [`${META}.MicroTime`]: { type: 'string', format: 'date-time' },
  [`${META}.FieldsV1`]: { type: 'object' },
  [`${META}.Patch`]: { type: 'object' },
  [`${APIEXTENSIONS}.JSON`]: {},
  [`${APIEXTENSIONS}.JSONSchemaPropsOrArray`]: {},
  [`${APIEXTENSIONS}.JSONSchemaPropsOrBool`]: {},
  [`${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`]: {},
  [`${APIEXTENSIONS}.CustomResourceSubresourceStatus`]: { type: 'object' },
  [`${META}.CreateOptions`]: options(writeOptions),
  [`${META}.UpdateOptions`]: options(writeOptions),
  [`${META}.PatchOptions`]: options({ ...writeOptions, force: boolean }),
  [`${META}.GetOptions`]: options({ resourceVersion: string }),
  [`${META}.ListOptions`]: options({
    allowWatchBookmarks: boolean,
    continue: string,
    fieldSelector: string,
    labelSelector: string,
    limit: int64,
    resourceVersion: string,
    resourceVersionMatch: string,
    sendInitialEvents: boolean,
    timeoutSeconds: int64,
    watch: boolean,
  }),
  [`${CORE}.PodLogOptions`]: options({
    container: string,
    follow: boolean,
    insecureSkipTLSVerifyBackend: boolean,
    limitBytes: int64,
    previous: boolean,
    sinceSeconds: int64,
    sinceTime: { $ref: `${META}.Time` },
    stream: string,
    tailLines: int64,
    timestamps: boolean,
  }),
  [`${CORE}.PodExecOptions`]: options({ ...streams, container: string, command: strings }),
  [`${CORE}.PodAttachOptions`]: options({ ...streams, container: string }),
  [`${CORE}.PodPortForwardOptions`]: options({
    ports: { type: 'array', items: { type: 'integer', format: 'int32' } },
  }),
  [`${CORE}.PodProxyOptions`]: options({ path: string }),
  [`${CORE}.NodeProxyOptions`]: options({ path: string }),
  [`${CORE}.ServiceProxyOptions`]: options({ path: string }),
};
