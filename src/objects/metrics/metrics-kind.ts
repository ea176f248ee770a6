import type { ObjectMeta } from '../../generated/types.ts';
import type { Kind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { metricsSchema } from './metrics-definitions.ts';

/** What is used of each resource: quantities by name. */
export type Usage = Readonly<Record<string, string>>;

/** What the objects of metrics.k8s.io have in common. */
export interface MetricsObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** The end of the window. */
  readonly timestamp: string;
  /** A duration such as `15.2s`, over which the processors' use is an average. */
  readonly window: string;
}

/** What a node uses. */
export interface NodeMetrics extends MetricsObject {
  readonly usage: Usage;
}

/** What a pod's containers use. */
export interface PodMetrics extends MetricsObject {
  readonly containers: readonly { readonly name: string; readonly usage: Usage }[];
}

export const METRICS_GROUP = 'metrics.k8s.io';
export const METRICS_VERSION = 'v1beta1';

/** What a kind of metrics.k8s.io has in common with the other. */
export function metricsKind(kind: string) {
  return {
    group: METRICS_GROUP,
    version: METRICS_VERSION,
    kind,
    singular: '',
    shortNames: [],
    categories: [],
    schema: metricsSchema(kind),
    isComputed: true,
    validateName: dns1123Subdomain,
    update: {},
    subresources: {},
  } satisfies Partial<Kind>;
}
