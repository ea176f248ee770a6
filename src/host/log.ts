import { type DestinationStream, type Logger, pino } from 'pino';
import type { Log } from '../base/log.ts';

/** The least serious lines that are written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * A log of JSON lines with level and time.
 *
 * @param destination a stream as `pino.destination` makes it; standard output when absent
 */
export function hostLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return wrap(destination === undefined ? pino(options) : pino(options, destination));
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}
