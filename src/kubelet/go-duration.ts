/**
 * A duration as Go's time.Duration prints it: `350ms`, `1.5s`, `1m20s`, `5m0s`.
 *
 * @param ms milliseconds, not negative
 */
export function goDuration(ms: number): string {
  if (ms < 1) return ms <= 0 ? '0s' : `${trim(ms * 1000)}µs`;
  if (ms < 1000) return `${trim(ms)}ms`;
  const totalSeconds = ms / 1000;
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = trim(totalSeconds % 60);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(9)));
}
