import { LIMITS, type LimitName } from './limit-names.ts';

/** One measured figure, beside what is asked of it. */
export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is asked: `< 0.7` or `> 3000`. */
  readonly goal?: string;
  /** What kube-apiserver, etcd and the kubelet took on such a machine. */
  readonly peer?: string;
  /** What this machine allows, in the same unit; its value comes from the same run. */
  readonly limit?: LimitName;
  /** CPU time of the daemon for one operation, in milliseconds: other load does not show in it. */
  readonly cpuMs?: number;
  /** CPU time of the benchmark's own client for one operation. */
  readonly clientCpuMs?: number;
  /** The p99 of the delay of the daemon's event loop meanwhile. */
  readonly loopP99Ms?: number;
}

/** How a figure stands to its goal; null where there is none. */
export type Verdict = 'yes' | 'within the limit' | 'no' | null;

export type Limits = ReadonlyMap<LimitName, number>;

/** How far from the machine's own limit a figure may be where the goal lies beyond it. */
export const LIMIT_RATIO_MAX = 1.5;

/** The `q`-quantile (0 to 1) of some measurements, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** The element in the middle of those sorted by `by`: the round that is told of three. */
export function medianBy<T>(rounds: readonly T[], by: (round: T) => number): T {
  const sorted = [...rounds].sort((a, b) => by(a) - by(b));
  return sorted[Math.floor((sorted.length - 1) / 2)] as T;
}

/** How many times the machine's limit a figure takes: 1 is the limit; null where none is known. */
export function limitRatio({ value, unit, limit }: Figure, limits: Limits): number | null {
  const known = limit === undefined ? undefined : limits.get(limit);
  if (known === undefined) return null;
  return isRate(unit) ? known / value : value / known;
}

/**
 * Whether a figure meets its goal, or, where the machine's limit of the same run lies beyond it,
 * comes within {@link LIMIT_RATIO_MAX} of that limit.
 */
export function verdict(figure: Figure, limits: Limits): Verdict {
  const { goal, value, limit } = figure;
  if (goal === undefined) return null;
  if (meets(value, goal)) return 'yes';
  const known = limit === undefined ? undefined : limits.get(limit);
  if (known === undefined || meets(known, goal)) return 'no';
  return (limitRatio(figure, limits) ?? Infinity) <= LIMIT_RATIO_MAX ? 'within the limit' : 'no';
}

const HEAD = [
  'scenario',
  'figure',
  'measured',
  'goal',
  'met',
  'peer',
  'limit of the machine',
  'times the limit',
  'CPU each',
  "client's CPU each",
  'loop p99',
];

/** The figures as a table in Markdown. */
export function toMarkdown(figures: readonly Figure[], limits: Limits): string {
  const rows = figures.map((figure) => {
    const { scenario, name, value, unit, goal = '', peer = '', limit } = figure;
    const known = limit === undefined ? undefined : limits.get(limit);
    const ratio = limitRatio(figure, limits);
    const cells = [
      scenario,
      name,
      `${format(value)} ${unit}`,
      goal,
      verdict(figure, limits) ?? '',
      peer,
      limit === undefined || known === undefined
        ? ''
        : `${format(known)} ${unit}: ${LIMITS[limit]}`,
      ratio === null ? '' : ratio.toFixed(2),
      milliseconds(figure.cpuMs),
      milliseconds(figure.clientCpuMs),
      figure.loopP99Ms === undefined ? '' : `${format(figure.loopP99Ms)} ms`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [`| ${HEAD.join(' | ')} |`, `|${'---|'.repeat(HEAD.length)}`];
  return [...head, ...rows].join('\n');
}

function isRate(unit: string): boolean {
  return unit.endsWith('/s');
}

function meets(value: number, goal: string): boolean {
  const asked = Number(goal.slice(2));
  return goal.startsWith('<') ? value < asked : value > asked;
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${ms.toFixed(3)} ms`;
}

function format(value: number): string {
  if (Number.isNaN(value)) return 'not measured';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}
