import type { SimProcess, SimProcessOptions } from './process.ts';
import type { ShellCommand } from './shell-syntax.ts';

interface Outcome {
  readonly code: number;
  /** The script ends here. */
  readonly exits: boolean;
}

interface Call {
  readonly process: SimProcess;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  out(text: string): void;
  error(text: string): void;
}

type Command = (call: Call) => number | Outcome | Promise<number | Outcome>;

/** Longer than any simulation: what a program that never ends waits for. */
const FOREVER_MS = 2 ** 45;

/** The programs of every simulated image, with busybox's texts. */
const COMMANDS: Readonly<Record<string, Command>> = {
  true: () => 0,
  ':': () => 0,
  false: () => 1,
  echo({ args, out }) {
    out(args.filter((arg) => arg !== '-n').join(' '));
    return 0;
  },
  async sleep({ process, args, signal }) {
    const ms = args[0] === 'infinity' ? FOREVER_MS : Number.parseFloat(args[0] ?? '0') * 1000;
    await process.wait(ms, signal);
    return 0;
  },
  touch: ({ process, args }) => {
    const { files } = process.options;
    for (const path of args) files.write(at(process, path), files.read(at(process, path)) ?? '');
    return 0;
  },
  rm: ({ process, args, error }) => {
    const isForced = args.some((arg) => /^-\w*f/.test(arg));
    let code = 0;
    for (const path of args.filter((arg) => !arg.startsWith('-'))) {
      if (process.options.files.remove(at(process, path)) || isForced) continue;
      error(`rm: can't remove '${path}': No such file or directory`);
      code = 1;
    }
    return code;
  },
  cat: ({ process, args, out, error }) => {
    let code = 0;
    for (const path of args) {
      const content = process.options.files.read(at(process, path));
      if (content !== undefined) out(content.replace(/\n$/, ''));
      else {
        error(`cat: can't open '${path}': No such file or directory`);
        code = 1;
      }
    }
    return code;
  },
  ls: ({ process, args, out, error }) => {
    let code = 0;
    const paths = args.filter((arg) => !arg.startsWith('-'));
    for (const path of paths.length === 0 ? ['.'] : paths) {
      const { files } = process.options;
      const full = at(process, path);
      const names = files.read(full) === undefined ? files.list(full) : [path];
      if (names !== undefined) for (const name of names) out(name);
      else {
        error(`ls: ${path}: No such file or directory`);
        code = 1;
      }
    }
    return code;
  },
  test: ({ process, args }) => {
    const { files } = process.options;
    const path = at(process, args[1] ?? '');
    return files.read(path) !== undefined || (args[0] !== '-f' && files.list(path)) ? 0 : 1;
  },
  env: ({ process, out }) => {
    for (const [name, value] of process.options.env) out(`${name}=${value}`);
    return 0;
  },
  exit: ({ args }) => ({ code: Number(args[0] ?? '0'), exits: true }),
  /** Serves on ports until `unlisten`. */
  listen: ({ process, args }) => {
    for (const port of args) process.ports.add(Number(port));
    return 0;
  },
  unlisten: ({ process, args }) => {
    for (const port of args) process.ports.delete(Number(port));
    return 0;
  },
  /** Serves on ports for ever. */
  async serve({ process, args, signal }) {
    for (const port of args) process.ports.add(Number(port));
    await process.wait(FOREVER_MS, signal);
    return 0;
  },
  /** `python -m SimpleHTTPServer 8000`: serves for ever. */
  async python({ process, args, signal }) {
    process.ports.add(Number(args[2] ?? '8000'));
    await process.wait(FOREVER_MS, signal);
    return 0;
  },
  date: ({ process, out }) => {
    out(new Date(process.options.clock.now()).toUTCString());
    return 0;
  },
  /** Uses up the memory limit. */
  oom: ({ process }) => {
    process.end(137, true);
    return { code: 137, exits: true };
  },
  trap: ({ process, args }) => {
    if (args[0] === '') process.ignoreTerm();
    return 0;
  },
  killall: ({ process }) => {
    process.end(143);
    return 0;
  },
  async sh(call) {
    const { process, args, signal, out, error } = call;
    const script = args[0]?.startsWith('-') ? args[1] : args[0];
    return process.runScript(
      script ?? '',
      (text, stream) => (stream === 'stderr' ? error(text) : out(text)),
      signal,
    );
  },
};

/** Runs one command of a script. */
export async function runCommand(
  process: SimProcess,
  command: ShellCommand,
  print: SimProcessOptions['print'],
  signal: AbortSignal,
): Promise<Outcome> {
  const [first = '', ...rest] = command.words;
  const [name, args] = first === 'exec' ? [rest[0] ?? '', rest.slice(1)] : [first, rest];
  const program = COMMANDS[name.slice(name.lastIndexOf('/') + 1)];
  const { redirect } = command;
  let written = '';
  const call: Call = {
    process,
    args,
    signal,
    error: (text) => print(text, 'stderr'),
    out(text) {
      if (redirect === undefined) print(text, 'stdout');
      else written += `${text}\n`;
    },
  };
  if (program === undefined) {
    call.error(`sh: ${name}: not found`);
    return { code: 127, exits: false };
  }
  const result = await program(call);
  if (redirect !== undefined && redirect.path !== '/dev/null') {
    const path = at(process, redirect.path);
    const before = redirect.append ? (process.options.files.read(path) ?? '') : '';
    process.options.files.write(path, before + written);
  }
  const outcome = typeof result === 'number' ? { code: result, exits: false } : result;
  return first === 'exec' ? { ...outcome, exits: true } : outcome;
}

/** Whether the simulated images have a program of that name. */
export function isKnownCommand(name: string): boolean {
  return Object.hasOwn(COMMANDS, name.slice(name.lastIndexOf('/') + 1));
}

function at(process: SimProcess, path: string): string {
  if (path === '.') return process.options.workingDir;
  if (path.startsWith('/')) return path;
  const { workingDir } = process.options;
  return `${workingDir === '/' ? '' : workingDir}/${path.replace(/^\.\//, '')}`;
}
