import { spawn } from 'node:child_process';
import { unpreferred } from './priority.ts';

const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
const COMMAND_MS_MAX = 60_000;

/** A program that could not be started or did not end well; `message` has its own words. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly stderr: string;

  constructor(message: string, stderr: string) {
    super(message);
    this.stderr = stderr;
  }
}

/**
 * Runs a program to its end and answers its standard output.
 *
 * @param input what it reads on standard input
 * @throws CommandError when it cannot start, fails, or takes longer than a minute
 */
export function runCommand(program: string, args: readonly string[], input = ''): Promise<string> {
  return run([program, ...args], input, 'with this process');
}

/** {@link runCommand} for long work, which must not go before containers as this process does. */
export function runUnpreferred(program: string, args: readonly string[]): Promise<string> {
  return run([...unpreferred(program), ...args], '', 'alone');
}

/** @param session in which session it runs: the kernel may share the CPU out by sessions */
function run(
  [program = '', ...args]: readonly string[],
  input: string,
  session: 'with this process' | 'alone',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      detached: session === 'alone',
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: COMMAND_MS_MAX,
      killSignal: 'SIGKILL',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const chunks: { out: Buffer[]; err: Buffer[] } = { out: [], err: [] };
    let length = 0;
    const keep = (list: Buffer[]) => (chunk: Buffer) => {
      length += chunk.length;
      if (length <= OUTPUT_BYTES_MAX) list.push(chunk);
    };
    child.stdout.on('data', keep(chunks.out));
    child.stderr.on('data', keep(chunks.err));
    // A program that fails early does not read its input: its exit code tells more than EPIPE.
    child.stdin.on('error', () => {});
    child.on('error', (error) => reject(new CommandError(`${program}: ${error.message}`, '')));
    child.on('close', (code, signal) => {
      const stderr = Buffer.concat(chunks.err).toString().trim();
      if (code === 0) return resolve(Buffer.concat(chunks.out).toString());
      const end = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      reject(new CommandError(`${program} ${args.join(' ')}: ${stderr || end}`, stderr));
    });
    child.stdin.end(input);
  });
}
