const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** `whole` of a large unit and, unless it is none, `rest` of the next smaller one: `2d3h`. */
function pair(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}

/**
 * A duration as kubectl shows ages, with two or three figures: `45s`, `3m20s`, `17h`, `2d3h`.
 * Two clocks may differ by a second: down to -2 s is `0s`, below is `<invalid>` (upstream's
 * apimachinery/pkg/util/duration).
 *
 * @param durationMs milliseconds
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / SECOND);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(durationMs / MINUTE);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(durationMs / HOUR);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(durationMs / DAY);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return `${days}d`;
  const years = Math.floor(durationMs / YEAR);
  if (years < 8) return pair(years, 'y', days % 365, 'd');
  return `${years}y`;
}

/** The time from `timestamp` (RFC 3339) to `now` (epoch ms) for a table; `<unknown>` for none. */
export function humanAge(timestamp: string | null | undefined, now: number): string {
  if (!timestamp) return '<unknown>';
  return humanDuration(now - Date.parse(timestamp));
}
