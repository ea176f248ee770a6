/** Shares of the machine's limits, by name: 1 is as fast as the limit, measured in the same run. */
export type Shares = Readonly<Record<string, number>>;

/** A share may fall to this part of the baseline: more than a third less is a regression. */
const KEPT_PART_MIN = 2 / 3;

/** How one share stands to the baseline. */
export interface Comparison {
  readonly name: string;
  readonly share: number;
  /** Null for one that the baseline does not have yet. */
  readonly baseline: number | null;
  readonly passed: boolean;
}

/** Compares a share with the baseline's. One that the baseline lacks would guard nothing: it fails. */
export function compareShare(name: string, share: number, baseline: Shares): Comparison {
  const known = baseline[name] ?? null;
  // Written so that a share that is not a number fails.
  const passed = known !== null && share >= known * KEPT_PART_MIN;
  return { name, share, baseline: known, passed };
}

/** Shares of the baseline that nobody measures any more: a check that vanished is no success. */
export function missingShares(measured: readonly string[], baseline: Shares): string[] {
  return Object.keys(baseline).filter((name) => !measured.includes(name));
}

/** One line for whoever reads CI. */
export function describeShare({ name, share, baseline, passed }: Comparison): string {
  const before = baseline === null ? 'no baseline' : `baseline ${baseline.toFixed(3)}`;
  return `${passed ? 'ok  ' : 'FAIL'} ${name}: ${share.toFixed(3)} of the limit, ${before}`;
}
