import type { Metric, MetricValueWithName, Registry } from 'prom-client';
import type { RenderMetrics, ServerMetrics } from '../apiserver/server-metrics.ts';
import type { EventLoopDelay } from './event-loop-delay.ts';
import { histogramValues, type MetricFigure } from './metric-figure.ts';
import { PROCESS_FIGURES } from './process-figures.ts';

/**
 * Answers /metrics: the API server's figures under upstream's names, and those of the process. The
 * library is loaded by the first scrape; what the server counts it has counted from its start.
 */
export function hostMetrics(delay: EventLoopDelay): RenderMetrics {
  let latest: ServerMetrics;
  let loaded: Promise<Registry> | undefined;
  return async (server) => {
    latest = server;
    loaded ??= makeRegistry(() => latest, delay);
    return (await loaded).metrics();
  };
}

async function makeRegistry(server: () => ServerMetrics, delay: EventLoopDelay): Promise<Registry> {
  // Of a CommonJS module a bundle has the default alone.
  const { default: library } = await import('prom-client');
  const registry = new library.Registry();
  for (const figure of PROCESS_FIGURES) registry.registerMetric(toMetric(figure, () => delay));
  for (const figure of SERVER_FIGURES) registry.registerMetric(toMetric(figure, server));
  return registry;
}

/** The library's own counters would count a second time what has been counted already. */
function toMetric<Source>(figure: MetricFigure<Source>, source: () => Source): Metric {
  const { name, help, type } = figure;
  const get = async () => {
    const made: MetricValueWithName<string>[] = [];
    for (const { suffix = '', labels = {}, value } of await figure.values(source())) {
      made.push({ metricName: `${name}${suffix}`, labels, value });
    }
    return { name, help, type, aggregator: 'sum', values: made };
  };
  return { name, help, type, get, reset() {} } as unknown as Metric;
}

const COMPONENT = { component: 'apiserver' };

const SERVER_FIGURES: readonly MetricFigure<ServerMetrics>[] = [
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
      for (const { labels, buckets, secondsSum: sum } of server.requests()) {
        const counted = { bounds: server.bucketSeconds, buckets, sum };
        yield* histogramValues(counted, { ...labels, ...COMPONENT });
      }
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
