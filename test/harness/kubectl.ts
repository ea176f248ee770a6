import { spawn } from 'node:child_process';
import { type CommandOptions, type CommandResult, collect, runCommand } from './run-command.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { waitUntil } from './wait-until.ts';

/** A kubectl that runs beside the test, such as `get --watch`. */
export interface RunningKubectl {
  /** All it wrote so far. */
  output(): string;
  /** Waits for the text, or the pattern, in what it writes. Answers with all of it. */
  waitFor(pattern: RegExp | string, timeoutMs: number): Promise<string>;
  /** Waits for its end; answers its code. */
  ended(timeoutMs: number): Promise<number>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
  /** Ends it as a crash does: it says goodbye to nobody. */
  kill(): void;
}

/** Runs a real kubectl against one cluster, in one folder, as a person does in a shell. */
export class Kubectl {
  readonly file: string;
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param folder where it runs; its cache goes there too */
  constructor(file: string, kubeconfig: string, folder: string) {
    this.file = file;
    this.folder = folder;
    this.#env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, TZ: 'UTC', NO_COLOR: '1' };
  }

  /** Runs to its end, whatever its exit code. */
  run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const env = { ...this.#env, ...options.env };
    return runCommand(this.file, args, { cwd: this.folder, ...options, env });
  }

  /** Runs and answers what it wrote to stdout. Throws, with what it wrote, when it fails. */
  async ok(...args: string[]): Promise<string> {
    return (await this.okWith({}, ...args)).stdout;
  }

  /** The same with input or another time limit, and all that it wrote. */
  async okWith(options: CommandOptions, ...args: string[]): Promise<CommandResult> {
    const result = await this.run(args, options);
    if (result.code === 0) return result;
    throw new Error(`kubectl ${args.join(' ')}: code ${result.code}\n${result.stderr}`);
  }

  /** Runs and answers what it wrote to stderr. Throws when it succeeds. */
  async fails(...args: string[]): Promise<string> {
    const result = await this.run(args);
    if (result.code !== 0) return result.stderr;
    throw new Error(`kubectl ${args.join(' ')} should fail and wrote\n${result.stdout}`);
  }

  /** Starts it at a terminal of its own. */
  terminal(...args: string[]): Promise<Terminal> {
    return openTerminal([this.file, ...args], this.#env);
  }

  /** Starts it and leaves it running. */
  start(...args: string[]): RunningKubectl {
    const child = spawn(this.file, args, { cwd: this.folder, env: this.#env, stdio: 'pipe' });
    const streams = collect(child);
    const output = () => streams.stdout + streams.stderr;
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    const said = () => `it wrote:\n${output()}`;
    const name = `kubectl ${args.join(' ')}`;
    const ended = (timeoutMs: number) =>
      waitUntil(`${name} ends`, timeoutMs, () => isOver() && { code: child.exitCode ?? -1 }, said);
    return {
      output,
      waitFor: async (pattern, timeoutMs) => {
        const matches = () =>
          typeof pattern === 'string' ? output().includes(pattern) : pattern.test(output());
        await waitUntil(`${name} writes ${pattern}`, timeoutMs, matches, said);
        return output();
      },
      ended: async (timeoutMs) => (await ended(timeoutMs)).code,
      stop: async () => {
        if (!isOver()) child.kill('SIGINT');
        await ended(10_000);
      },
      kill: () => child.kill('SIGKILL'),
    };
  }
}
