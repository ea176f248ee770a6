import type { FileHandle } from 'node:fs/promises';
import { parseLogLine } from './log-line.ts';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Where the last `lines` lines of a log begin, read from its end. Entries that the runtime broke
 * count as the one line they are.
 */
export async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let wanted = lines;
  let begin = size;
  let start = size;
  /** The bytes from `begin` to the first line start found so far. */
  let head: Buffer = Buffer.alloc(0);
  while (begin > 0) {
    const length = Math.min(CHUNK_BYTES, begin);
    const chunk = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(chunk, 0, length, begin - length);
    if (bytesRead < length) return begin;
    begin -= length;
    let data = Buffer.concat([chunk, head]);
    for (;;) {
      // The line end before the last byte: what follows it is a whole line.
      const cut = data.length < 2 ? -1 : data.lastIndexOf(NEWLINE, data.length - 2);
      if (cut < 0 && begin > 0) break;
      const line = data.subarray(cut + 1);
      if (line.length === 0) break;
      // A whole line ends here, so one more would be the first too many.
      if (endsLine(line) && wanted-- === 0) return start;
      start = begin + cut + 1;
      if (cut < 0) return start;
      data = data.subarray(0, cut + 1);
    }
    head = data;
  }
  return 0;
}

/** Whether an entry completes a line; one without its end yet does not count. */
function endsLine(raw: Buffer): boolean {
  if (raw.at(-1) !== NEWLINE) return false;
  return parseLogLine(raw.subarray(0, -1))?.partial !== true;
}
