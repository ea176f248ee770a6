import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** The file descriptor on which `up` and a daemon in the background talk to each other. */
export const DAEMON_FD = 3;

/** What a starting daemon tells whoever started it: a JSON line each. */
export type Progress =
  /** A step is done; `ms` counts from the start of the process. */
  | { readonly type: 'step'; readonly name: string; readonly ms: number }
  /** The node is Ready: the last line. */
  | { readonly type: 'ready'; readonly node: string; readonly ms: number }
  /** It cannot start, in one sentence. */
  | { readonly type: 'failed'; readonly message: string };

export type Report = (progress: Progress) => void;

/** Reports as JSON lines; a reader that has gone away does not matter. */
export function reportTo(stream: Writable): Report {
  stream.on('error', () => {});
  return (progress) => stream.write(`${JSON.stringify(progress)}\n`);
}

/** Calls `report` for each line until the stream ends. */
export async function readProgress(stream: Readable, report: Report): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    report(JSON.parse(line) as Progress);
  }
}

/** The line for a person. */
export function progressLine(progress: Progress): string {
  switch (progress.type) {
    case 'step':
      return `- ${progress.name} (${seconds(progress.ms)})`;
    case 'ready':
      return `- node ${progress.node} is Ready (${seconds(progress.ms)})`;
    case 'failed':
      return `proa cannot start: ${progress.message}`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
