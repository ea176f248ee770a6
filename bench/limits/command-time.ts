import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { quantile } from '../figures.ts';

/**
 * Runs a command to its end and answers how many milliseconds it took.
 *
 * @throws when it fails, with what it said
 */
export async function runTimed(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  const startedAt = performance.now();
  const env = { ...process.env, ...options.env };
  const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  // One that does not read its input may have ended before that is written.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const said = textOf(child.stderr);
  const [code] = await once(child, 'exit');
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${await said}`);
  return ms;
}

/** The median time of a command that is run `times` times, in milliseconds. */
export async function commandTime(
  command: string,
  args: readonly string[],
  times: number,
): Promise<number> {
  const all: number[] = [];
  for (let turn = 0; turn < times; turn++) all.push(await runTimed(command, args));
  return quantile(all, 0.5);
}
