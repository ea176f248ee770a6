import { copyFileSync, statSync, truncateSync } from 'node:fs';

const LOG_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Keeps a log that another process appends to within bounds: beyond 8 MiB it is copied to
 * `PATH.1` and emptied in place. Lines written between the two steps are lost.
 */
export function boundLog(path: string, bytesMax = LOG_BYTES_MAX): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= bytesMax) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}
