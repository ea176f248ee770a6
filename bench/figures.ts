/** One measured figure, beside what is asked of it. */
export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The goal of ARCHITECTURE.md, where it names one: `< 0.7` or `> 3000`. */
  readonly goal?: string;
  /** What kube-apiserver, etcd and the kubelet took on such a machine. */
  readonly peer?: string;
  /** CPU time of the daemon for one operation, in milliseconds: other load does not show in it. */
  readonly cpuMs?: number;
}

/** The `q`-quantile (0 to 1) of some measurements, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** Whether a figure meets its goal; null where there is none. */
export function meetsGoal({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  const limit = Number(goal.slice(2));
  return goal.startsWith('<') ? value < limit : value > limit;
}

/** The figures as a table in Markdown. */
export function toMarkdown(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const met = meetsGoal(figure);
    const verdict = met === null ? '' : met ? 'yes' : 'no';
    const { scenario, name, value, unit, goal = '', peer = '', cpuMs } = figure;
    const cpu = cpuMs === undefined ? '' : `${cpuMs.toFixed(2)} ms`;
    const cells = [scenario, name, `${format(value)} ${unit}`, goal, verdict, peer, cpu];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [
    '| scenario | figure | measured | goal | met | peer | CPU each |',
    '|---|---|---|---|---|---|---|',
  ];
  return [...head, ...rows].join('\n');
}

function format(value: number): string {
  if (Number.isNaN(value)) return 'not measured';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}
