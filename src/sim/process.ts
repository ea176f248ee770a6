import { type Clock, sleep } from '../base/clock.ts';
import type { SimImage } from './image.ts';
import { runCommand } from './shell-commands.ts';
import { parseShell, type ShellStatement } from './shell-syntax.ts';

/** Where a process reads and writes. */
export interface SimFileView {
  read(path: string): string | undefined;
  write(path: string, content: string): void;
  remove(path: string): boolean;
  /** Names directly below a folder; undefined when there is no such folder. */
  list(path: string): string[] | undefined;
}

export interface SimProcessOptions {
  readonly clock: Clock;
  readonly image: SimImage;
  readonly env: ReadonlyMap<string, string>;
  readonly workingDir: string;
  readonly files: SimFileView;
  print(text: string, stream: 'stdout' | 'stderr'): void;
  ended(exitCode: number, isOom: boolean): void;
}

/** Loop turns without time passing; more is a script that would spin. */
const TURNS_MAX = 10_000;

/** A container's process in the simulation: a script on the virtual clock. */
export class SimProcess {
  readonly options: SimProcessOptions;
  readonly startedAt: number;
  readonly ports = new Set<number>();
  readonly #controller = new AbortController();
  /** What SIGTERM does: ends with this code, or nothing for null. */
  #onTerm: number | null;
  #isEnded = false;

  constructor(options: SimProcessOptions, onTerm: number | null) {
    this.options = options;
    this.startedAt = options.clock.monotonic();
    this.#onTerm = onTerm;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Aborts when the process ends. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get ageSeconds(): number {
    return (this.options.clock.monotonic() - this.startedAt) / 1000;
  }

  /** Runs a script as the main program; the process ends with it. */
  async run(script: string): Promise<void> {
    const code = await this.runScript(script, (text, stream) => this.options.print(text, stream));
    this.end(code);
  }

  /** Runs a script inside the container and answers its exit code. */
  async runScript(
    script: string,
    print: SimProcessOptions['print'],
    signal: AbortSignal = this.signal,
  ): Promise<number> {
    try {
      const statements = parseShell(script, this.options.env);
      const result = await this.#runList(statements, print, signal);
      return result.code;
    } catch (error) {
      print(`sh: ${error instanceof Error ? error.message : error}`, 'stderr');
      return 2;
    }
  }

  /** SIGTERM. */
  terminate(): void {
    if (this.#onTerm !== null) this.end(this.#onTerm);
  }

  ignoreTerm(): void {
    this.#onTerm = null;
  }

  end(exitCode: number, isOom = false): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.ports.clear();
    this.#controller.abort();
    this.options.ended(exitCode, isOom);
  }

  async #runList(
    statements: readonly ShellStatement[],
    print: SimProcessOptions['print'],
    signal: AbortSignal,
  ): Promise<{ code: number; exits: boolean }> {
    let code = 0;
    for (const { when, step } of statements) {
      if (signal.aborted) return { code: 137, exits: true };
      if ((when === 'and' && code !== 0) || (when === 'or' && code === 0)) continue;
      if (step.type === 'loop') {
        for (let turns = 0; turns < TURNS_MAX || this.#isEnded; turns++) {
          const before = this.options.clock.monotonic();
          const inner = await this.#runList(step.body, print, signal);
          if (inner.exits) return inner;
          if (this.options.clock.monotonic() > before) turns = 0;
        }
        return { code: 1, exits: true };
      }
      const outcome = await runCommand(this, step, print, signal);
      code = outcome.code;
      if (outcome.exits) return outcome;
    }
    return { code, exits: false };
  }

  /** Waits inside the process. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return sleep(this.options.clock, ms, signal);
  }
}
