import { renameSync, statSync } from 'node:fs';
import { pino } from 'pino';
import type { Log } from '../../base/log.ts';
import { hostLog } from '../../host/log.ts';

/** The log and one older part of it are kept, so they take twice this at the most. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
/** What waits while nothing can be written; what comes then is dropped. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Opens the daemon's log for appending; call `close` before the process ends. A disk that is full
 * ends no process: what cannot be written waits for room.
 */
export function openDaemonLog(file: string): { log: Log; close: () => void } {
  const maxLength = WAITING_BYTES_MAX;
  const destination = pino.destination({ dest: file, sync: true, mkdir: true, maxLength });
  // Without a listener it would be thrown, and nobody could be told here of all places.
  destination.on('error', () => {});
  let written = sizeOf(file);
  destination.on('write', (bytes: number) => {
    written += bytes;
    if (written < LOG_BYTES_MAX) return;
    written = 0;
    renameSync(file, `${file}.1`);
    destination.reopen();
  });
  const level = process.env.PROA_LOG_LEVEL === 'debug' ? 'debug' : 'info';
  return { log: hostLog(level, destination), close: () => destination.end() };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    // It is made when the first line is written.
    return 0;
  }
}
