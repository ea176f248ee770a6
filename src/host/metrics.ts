import type { Metric, MetricValueWithName, Registry } from 'prom-client';
import type { RenderMetrics, RequestSeries, ServerMetrics } from '../apiserver/server-metrics.ts';

/** How often the delay of the event loop is measured once somebody asks for metrics. */
const EVENT_LOOP_PRECISION_MS = 20;

/**
 * Answers /metrics: the API server's figures under upstream's names, and those of the process. The
 * library is loaded, and the event loop's delay is measured, only from the first scrape on; what
 * the server counts it has counted from its start.
 */
export function hostMetrics(): RenderMetrics {
  let latest: ServerMetrics;
  let loaded: Promise<Registry> | undefined;
  return async (server) => {
    latest = server;
    loaded ??= makeRegistry(() => latest);
    return (await loaded).metrics();
  };
}

async function makeRegistry(server: () => ServerMetrics): Promise<Registry> {
  // Of a CommonJS module a bundle has the default alone.
  const { default: library } = await import('prom-client');
  const registry = new library.Registry();
  library.collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS,
  });
  for (const figure of FIGURES) registry.registerMetric(toMetric(figure, server));
  return registry;
}

interface Value {
  /** Where it is not the metric's own: a histogram's parts. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric whose values are made from the server's figures when they are asked for. */
interface Figure {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  values(server: ServerMetrics): Iterable<Value> | Promise<Iterable<Value>>;
}

/** The library's own counters would count a second time what the server has counted already. */
function toMetric({ name, help, type, values }: Figure, server: () => ServerMetrics): Metric {
  const get = async () => {
    const made: MetricValueWithName<string>[] = [];
    for (const { suffix = '', labels = {}, value } of await values(server())) {
      made.push({ metricName: `${name}${suffix}`, labels, value });
    }
    return { name, help, type, aggregator: 'sum', values: made };
  };
  return { name, help, type, get, reset() {} } as unknown as Metric;
}

const COMPONENT = { component: 'apiserver' };

const FIGURES: readonly Figure[] = [
  {
    name: 'apiserver_request_total',
    help: 'Counter of apiserver requests broken out for each verb, group, version, resource, scope, component, and HTTP response code.',
    type: 'counter',
    *values(server) {
      for (const { labels, codes } of server.requests()) {
        for (const [code, value] of codes) {
          yield { labels: { ...labels, ...COMPONENT, code }, value };
        }
      }
    },
  },
  {
    name: 'apiserver_request_duration_seconds',
    help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    type: 'histogram',
    *values(server) {
      for (const series of server.requests()) yield* histogram(series, server.bucketSeconds);
    },
  },
  {
    name: 'apiserver_current_inflight_requests',
    help: 'Number of currently used inflight request limit of this apiserver per request kind.',
    type: 'gauge',
    values: (server) => [
      { labels: { request_kind: 'readOnly' }, value: server.inFlight('read') },
      { labels: { request_kind: 'mutating' }, value: server.inFlight('write') },
    ],
  },
  {
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests.',
    type: 'gauge',
    values: (server) => [{ labels: COMPONENT, value: server.inFlight('long') }],
  },
  {
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    type: 'gauge',
    async values(server) {
      const objects = [...(await server.objects())];
      return objects.map(([resource, value]) => ({ labels: { resource }, value }));
    },
  },
  {
    name: 'proa_store_revision',
    help: 'The newest revision of the store.',
    type: 'gauge',
    values: (server) => [{ value: server.revision }],
  },
  {
    name: 'proa_store_compacted_revision',
    help: 'The revision up to which the history of the store is forgotten.',
    type: 'gauge',
    values: (server) => [{ value: server.compactedRevision }],
  },
  {
    name: 'kubernetes_build_info',
    help: 'A metric with a constant value of 1, labeled by the version of Kubernetes that is served and what it was built with.',
    type: 'gauge',
    values: ({ version }) => [
      {
        labels: {
          git_version: version.gitVersion ?? '',
          major: version.major ?? '',
          minor: version.minor ?? '',
          platform: version.platform ?? '',
        },
        value: 1,
      },
    ],
  },
];

/** The parts of a histogram, whose buckets add up as Prometheus has them. */
function* histogram(
  { labels, secondsSum, buckets }: RequestSeries,
  bounds: readonly number[],
): Generator<Value> {
  const shown = { ...labels, ...COMPONENT };
  let count = 0;
  for (const [index, bucket] of buckets.entries()) {
    count += bucket;
    const le = bounds[index] ?? '+Inf';
    yield { suffix: '_bucket', labels: { ...shown, le }, value: count };
  }
  yield { suffix: '_sum', labels: shown, value: secondsSum };
  yield { suffix: '_count', labels: shown, value: count };
}
