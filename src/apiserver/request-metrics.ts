import type { Resource } from './kind-table.ts';
import type { ResourceRequest, Verb } from './request-info.ts';
import type { RequestLabels, RequestSeries } from './server-metrics.ts';

/** Upper bounds in seconds, as upstream's apiserver_request_duration_seconds. */
export const BUCKET_SECONDS: readonly number[] = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
];

const VERB_LABELS: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
};

/** Paths that are told apart; whatever else a client asks for is counted together. */
const PATHS: ReadonlySet<string> = new Set([
  '/api',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
]);

interface Series extends RequestSeries {
  readonly codes: Map<number, number>;
  secondsSum: number;
  readonly buckets: number[];
}

/**
 * Counts requests by what they asked. What a client may choose freely (names, unknown paths and
 * resources) is no label, so there are only so many series.
 */
export class RequestMetrics {
  readonly #series = new Map<string, Series>();

  /** Counts a request for `resource`. */
  countResource(
    { verb, target, dryRun }: { verb: Verb; target: ResourceRequest; dryRun: boolean },
    resource: Resource,
    code: number,
    ms: number,
  ): void {
    const { kind } = resource;
    const { name, namespace, subresource } = target;
    const known = kind.subresources[subresource] === undefined ? '' : subresource;
    const isOne = name !== '' || verb === 'create';
    const scope = isOne ? 'resource' : namespace === '' ? 'cluster' : 'namespace';
    const { group, version, plural } = kind;
    // One text to look up is cheaper than labels that are compared one by one.
    const key = `${verb} ${group} ${version} ${plural} ${known} ${scope} ${dryRun}`;
    const series =
      this.#series.get(key) ??
      this.#add(key, {
        verb: VERB_LABELS[verb],
        dry_run: dryRun ? 'All' : '',
        group,
        version,
        resource: plural,
        subresource: known,
        scope,
      });
    count(series, code, ms);
  }

  /** Counts a request for a path that is no resource, or none that is served. */
  countPath(method: string, path: string, code: number, ms: number): void {
    const subresource = PATHS.has(path) ? path : '';
    const key = `${method} ${subresource}`;
    const empty = { dry_run: '', group: '', version: '', resource: '', scope: '' };
    const series = this.#series.get(key) ?? this.#add(key, { verb: method, ...empty, subresource });
    count(series, code, ms);
  }

  /** All that was counted so far. */
  series(): Iterable<RequestSeries> {
    return this.#series.values();
  }

  #add(key: string, labels: RequestLabels): Series {
    const buckets = new Array<number>(BUCKET_SECONDS.length + 1).fill(0);
    const series = { labels, codes: new Map<number, number>(), secondsSum: 0, buckets };
    this.#series.set(key, series);
    return series;
  }
}

function count(series: Series, code: number, ms: number): void {
  const seconds = ms / 1000;
  series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
  series.secondsSum += seconds;
  let at = 0;
  while (at < BUCKET_SECONDS.length && seconds > BUCKET_SECONDS[at]!) at++;
  series.buckets[at]!++;
}
