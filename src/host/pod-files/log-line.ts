/** A line of a container's log as the runtime writes it (CRI log format). */
export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** The runtime broke a long line here: the next entry of the stream goes on with it. */
  readonly partial: boolean;
  readonly content: Buffer;
}

const SPACE = 0x20;

/**
 * Reads `2026-01-02T03:04:05.678901234Z stdout F text`, without its line end. Answers null for
 * what is no such line, as a half-written one.
 */
export function parseLogLine(line: Buffer): LogLine | null {
  const timeEnd = line.indexOf(SPACE);
  const streamEnd = line.indexOf(SPACE, timeEnd + 1);
  if (timeEnd <= 0 || streamEnd < 0) return null;
  const found = line.indexOf(SPACE, streamEnd + 1);
  const tagsEnd = found < 0 ? line.length : found;
  const stream = line.toString('latin1', timeEnd + 1, streamEnd);
  if (stream !== 'stdout' && stream !== 'stderr') return null;
  const [tag] = line.toString('latin1', streamEnd + 1, tagsEnd).split(':');
  if (tag !== 'F' && tag !== 'P') return null;
  return {
    time: line.toString('latin1', 0, timeEnd),
    stream,
    partial: tag === 'P',
    content: line.subarray(Math.min(tagsEnd + 1, line.length)),
  };
}
