/** One value of a metric, as it is asked for. */
export interface MetricValue {
  /** Where it is not the metric's own: a histogram's parts. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric whose values are made from `Source` when they are asked for. */
export interface MetricFigure<Source> {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  values(source: Source): Iterable<MetricValue> | Promise<Iterable<MetricValue>>;
}

/** What a histogram has counted; the buckets do not add up yet. */
export interface Counted {
  /** Upper bounds. */
  readonly bounds: readonly number[];
  /** How many fell between each bound and the one before; the last is beyond all bounds. */
  readonly buckets: readonly number[];
  readonly sum: number;
}

/** The parts of a histogram, whose buckets add up as Prometheus has them. */
export function* histogramValues(
  { bounds, buckets, sum }: Counted,
  labels: Readonly<Record<string, string | number>> = {},
): Generator<MetricValue> {
  let count = 0;
  for (const [index, bucket] of buckets.entries()) {
    count += bucket;
    const le = bounds[index] ?? '+Inf';
    yield { suffix: '_bucket', labels: { ...labels, le }, value: count };
  }
  yield { suffix: '_sum', labels, value: sum };
  yield { suffix: '_count', labels, value: count };
}
