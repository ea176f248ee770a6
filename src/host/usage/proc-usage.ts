const NANOS_PER_TICK = 10_000_000;
const KIB = 1024;
/** Of the columns of /proc/stat: user, nice, system, irq, softirq, steal. */
const BUSY_COLUMNS = [0, 1, 2, 5, 6, 7];

/** The time that all processors together were busy, from the text of /proc/stat. */
export function cpuNanosFrom(stat: string): number {
  const columns = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  return BUSY_COLUMNS.reduce((sum, at) => sum + (columns[at] ?? 0), 0) * NANOS_PER_TICK;
}

/** Memory in use that the kernel cannot drop at once, in bytes, from the text of /proc/meminfo. */
export function workingSetFrom(memory: string): number {
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(memory)?.[1] ?? 0);
  const used = kib('MemTotal') - kib('MemFree') - kib('Inactive\\(file\\)');
  return Math.max(0, used) * KIB;
}
