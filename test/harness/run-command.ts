import { type ChildProcess, spawn } from 'node:child_process';

/** How a command ended and what it wrote. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** After this many milliseconds the command is killed and its code is 124, as `timeout` has it. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const TIMED_OUT = 124;

/**
 * Runs a command to its end, whatever its exit code.
 *
 * @throws when it cannot be started at all
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { env, cwd } = options;
  // A process group of its own, so that what it started ends with it when it is late.
  const child = spawn(command, args, { env, cwd, stdio: 'pipe', detached: true });
  const output = collect(child);
  // A command that ends without reading its input closes the pipe: its exit code tells.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, options.timeoutMs ?? TIMEOUT_MS);
  try {
    const code = await ended(child);
    return { code: isLate ? TIMED_OUT : code, stdout: output.stdout, stderr: output.stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** Gathers what a process writes, as text, from now on. */
export function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8');
    child[name]?.on('data', (text: string) => {
      output[name] += text;
    });
  }
  return output;
}

/** Resolves with the exit code once the process and its pipes are closed; -1 after a signal. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
}
