import type { Schema } from '../schema/definitions.ts';

/**
 * The definitions of metrics.k8s.io/v1beta1, which the published packages of the API lack: the
 * group is served by an add-on upstream.
 */
const PREFIX = 'io.k8s.metrics.pkg.apis.metrics.v1beta1';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The name of the definition of a kind of the group. */
export const metricsSchema = (kind: string): string => `${PREFIX}.${kind}`;

const text = { type: 'string' };
const usage = {
  type: 'object',
  additionalProperties: { $ref: 'io.k8s.apimachinery.pkg.api.resource.Quantity' },
};
const sample = {
  apiVersion: text,
  kind: text,
  metadata: { $ref: `${META}.ObjectMeta` },
  timestamp: { $ref: `${META}.Time` },
  window: text,
};

/** By name, as OpenAPI writes them. */
export const metricsDefinitions: Readonly<Record<string, Schema>> = {
  [metricsSchema('ContainerMetrics')]: {
    type: 'object',
    properties: { name: text, usage },
    required: ['name', 'usage'],
  },
  [metricsSchema('NodeMetrics')]: {
    type: 'object',
    properties: { ...sample, usage },
    required: ['timestamp', 'window', 'usage'],
  },
  [metricsSchema('NodeMetricsList')]: list('NodeMetrics'),
  [metricsSchema('PodMetrics')]: {
    type: 'object',
    properties: {
      ...sample,
      containers: { type: 'array', items: { $ref: metricsSchema('ContainerMetrics') } },
    },
    required: ['timestamp', 'window', 'containers'],
  },
  [metricsSchema('PodMetricsList')]: list('PodMetrics'),
};

function list(kind: string): Schema {
  return {
    type: 'object',
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { $ref: `${META}.ListMeta` },
      items: { type: 'array', items: { $ref: metricsSchema(kind) } },
    },
    required: ['items'],
  };
}
