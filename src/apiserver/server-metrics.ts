/**
 * What an API server knows of itself, for whoever renders it as metrics. Types only.
 */

/** What requests are told apart by, in upstream's labels. */
export interface RequestLabels {
  /** GET, LIST, WATCH, POST, PUT, PATCH, DELETE, DELETECOLLECTION. */
  readonly verb: string;
  readonly dry_run: string;
  readonly group: string;
  readonly version: string;
  /** '' for what is no resource. */
  readonly resource: string;
  /** The path, where it is no resource. */
  readonly subresource: string;
  /** `resource` for one object, else `namespace` or `cluster`. */
  readonly scope: string;
}

/** The requests of one kind so far. */
export interface RequestSeries {
  readonly labels: RequestLabels;
  /** How many ended with which status. */
  readonly codes: ReadonlyMap<number, number>;
  /** All durations together, in seconds. */
  readonly secondsSum: number;
  /** How many fell between each bound and the one before; the last is beyond all bounds. */
  readonly buckets: readonly number[];
}

/** The present figures of an API server; each is made when asked for. */
export interface ServerMetrics {
  /** Upper bounds of {@link RequestSeries.buckets}, in seconds. */
  readonly bucketSeconds: readonly number[];
  requests(): Iterable<RequestSeries>;
  /** Requests under way. */
  inFlight(load: 'read' | 'write' | 'long'): number;
  /** How many objects are stored, by resource: `pods`, `leases.coordination.k8s.io`. */
  objects(): Promise<ReadonlyMap<string, number>>;
  /** Of the store. */
  readonly revision: number;
  readonly compactedRevision: number;
  /** What /version answers. */
  readonly version: Readonly<Record<string, string>>;
}

/** Makes Prometheus' text form of the figures. */
export type RenderMetrics = (metrics: ServerMetrics) => Promise<string>;
