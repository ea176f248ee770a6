import type { CgroupLimits } from '../../kubelet/edges.ts';

/** A file of a control group and what is written to it. */
export interface CgroupWrite {
  readonly controller: 'cpu' | 'memory';
  readonly file: string;
  readonly value: string;
}

const DEFAULT_PERIOD_US = 100_000;
const SHARES_MIN = 2;
const SHARES_RANGE = 262_142;
const WEIGHT_RANGE = 9_999;

/** What must be written for `limits`, in order: a period counts before its quota. */
export function cgroupWrites(limits: CgroupLimits, version: 1 | 2): CgroupWrite[] {
  const { cpuShares, cpuQuotaUs, cpuPeriodUs, memoryLimitBytes } = limits;
  const writes: CgroupWrite[] = [];
  const cpu = (file: string, value: string | number) =>
    writes.push({ controller: 'cpu', file, value: String(value) });
  if (cpuShares !== undefined) {
    if (version === 1) cpu('cpu.shares', cpuShares);
    else cpu('cpu.weight', cpuWeight(cpuShares));
  }
  if (cpuQuotaUs !== undefined) {
    const period = cpuPeriodUs ?? DEFAULT_PERIOD_US;
    if (version === 1) {
      cpu('cpu.cfs_period_us', period);
      cpu('cpu.cfs_quota_us', cpuQuotaUs);
    } else cpu('cpu.max', `${cpuQuotaUs < 0 ? 'max' : cpuQuotaUs} ${period}`);
  }
  if (memoryLimitBytes !== undefined) {
    const file = version === 1 ? 'memory.limit_in_bytes' : 'memory.max';
    const none = version === 1 ? '-1' : 'max';
    const value = memoryLimitBytes < 0 ? none : String(memoryLimitBytes);
    writes.push({ controller: 'memory', file, value });
  }
  return writes;
}

/** The weight of v2 (1 to 10,000) for the shares of v1 (2 to 262,144), as runc converts them. */
export function cpuWeight(shares: number): number {
  return (
    1 + Math.floor(((Math.max(shares, SHARES_MIN) - SHARES_MIN) * WEIGHT_RANGE) / SHARES_RANGE)
  );
}

/** The number after `name` in a file of `name value` lines, such as memory.stat; 0 without. */
export function statValue(text: string, name: string): number {
  for (const line of text.split('\n')) {
    if (line.startsWith(`${name} `)) return Number(line.slice(name.length + 1));
  }
  return 0;
}
