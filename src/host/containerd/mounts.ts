import { readFileSync } from 'node:fs';
import { runCommand } from '../command.ts';

const ROUNDS_MAX = 5;
/** So many paths at most in one command. */
const BATCH = 200;

/** Mount points of this process's namespace below `folder`, or at it, the deepest first. */
export function mountsUnder(folder: string, mountInfo?: string): string[] {
  const text = mountInfo ?? readFileSync('/proc/self/mountinfo', 'utf8');
  const points = text
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
  return points.reverse();
}

/**
 * Unmounts everything below `folder`, or at it, at once even where it is in use.
 *
 * @throws CommandError when something stays mounted
 */
export async function unmountUnder(folder: string): Promise<void> {
  for (let round = 0; ; round++) {
    const points = mountsUnder(folder);
    if (points.length === 0) return;
    try {
      for (let i = 0; i < points.length; i += BATCH) {
        await runCommand('umount', ['--lazy', '--', ...points.slice(i, i + BATCH)]);
      }
    } catch (error) {
      // Somebody else unmounted one of them meanwhile; what counts is whether any is left.
      if (round >= ROUNDS_MAX) throw error;
    }
  }
}

/** The kernel writes blanks and backslashes of paths in octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
