import { spawn, spawnSync } from 'node:child_process';
import { collect } from './run-command.ts';
import { waitUntil } from './wait-until.ts';

/** A command that runs at a terminal of its own, as a person's does. */
export interface Terminal {
  /** All that the terminal has shown. */
  shown(): string;
  /** Types. A line ends with `\r`, Ctrl-C is `\u0003`. */
  type(text: string): void;
  waitFor(pattern: RegExp | string, timeoutMs?: number): Promise<string>;
  /** Changes the size of the window. */
  resize(rows: number, columns: number): void;
  /** Waits for the command's end; answers its code. */
  ended(timeoutMs?: number): Promise<number>;
  kill(): void;
}

const WAIT_MS = 30_000;

/** Runs a command at a terminal that script(1) makes. */
export async function openTerminal(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Terminal> {
  const words = command.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ');
  const line = `tty; stty rows 30 cols 100; exec ${words}`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], { env, stdio: 'pipe' });
  const output = collect(child);
  let code: number | undefined;
  child.on('close', (ended) => {
    code = ended ?? -1;
  });
  const said = () => `it showed:\n${output.stdout}${output.stderr}`;
  const waitFor = async (pattern: RegExp | string, timeoutMs = WAIT_MS) => {
    const matches = () =>
      typeof pattern === 'string' ? output.stdout.includes(pattern) : pattern.test(output.stdout);
    await waitUntil(`the terminal shows ${pattern}`, timeoutMs, matches, said);
    return output.stdout;
  };
  const device = /\/dev\/pts\/\d+/.exec(await waitFor(/\/dev\/pts\/\d+\r?\n/))![0];
  return {
    shown: () => output.stdout,
    type: (text) => child.stdin.write(text),
    waitFor,
    resize(rows, columns) {
      spawnSync('stty', ['-F', device, 'rows', String(rows), 'cols', String(columns)]);
    },
    ended: async (timeoutMs = WAIT_MS) => {
      await waitUntil(`${command.join(' ')} ends`, timeoutMs, () => code !== undefined, said);
      return code!;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
