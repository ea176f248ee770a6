import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Clock, Timer } from '../../base/clock.ts';
import { CommandError } from '../command.ts';

/** The shell ends when nobody has wanted anything of it for so long. */
const IDLE_MS = 5_000;

/**
 * Reads a verb, options and a path a line; answers an exit code and what was said, on a line. It
 * ends with its input, so also when this process is killed.
 */
const SCRIPT = `set -f; while read -r verb options path; do
  case $verb in
    mount) said=$(mount -t tmpfs -o "$options" tmpfs "$path" 2>&1) ;;
    *) said=$(umount --lazy -- "$path" 2>&1) ;;
  esac
  printf '%s %s\\n' $? "$(echo $said)"
done`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

interface Job {
  readonly what: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Mounts and unmounts through a small shell that stays for a while: to start a program from a large
 * process costs several milliseconds of its own, and most pods need two. Jobs are done in order;
 * there are as many as volumes being mounted or removed.
 */
export class Mounter {
  readonly #clock: Clock;
  readonly #jobs: Job[] = [];
  #shell: Shell | null = null;
  #idle: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws CommandError with mount's own words */
  mountTmpfs(path: string, options: string): Promise<void> {
    return this.#run('mount', options, path);
  }

  /** @throws CommandError with umount's own words */
  unmount(path: string): Promise<void> {
    return this.#run('umount', '-', path);
  }

  /** Ends the shell, which a later call would start again. */
  close(): void {
    this.#idle?.cancel();
    this.#shell?.stdin.end();
    this.#shell = null;
  }

  #run(verb: string, options: string, path: string): Promise<void> {
    const what = `${verb} ${path}`;
    if (path.includes('\n')) return Promise.reject(new CommandError(`${what}: bad path`, ''));
    this.#idle?.cancel();
    const shell = this.#shell ?? this.#start();
    return new Promise((resolve, reject) => {
      this.#jobs.push({ what, resolve, reject });
      shell.stdin.write(`${verb} ${options} ${path}\n`);
    });
  }

  #start(): Shell {
    const env = { ...process.env, LC_ALL: 'C' };
    const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'], env });
    this.#shell = shell;
    // It must not keep this process alive.
    shell.unref();
    (shell.stdin as Socket).unref();
    let rest = '';
    shell.stdout.setEncoding('utf8');
    shell.stdout.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#answered(line);
    });
    shell.stdin.on('error', () => {});
    const ended = () => this.#ended(shell);
    shell.on('error', ended);
    shell.on('close', ended);
    return shell;
  }

  #answered(line: string): void {
    const job = this.#jobs.shift();
    const space = line.indexOf(' ');
    const said = line.slice(space + 1);
    if (line.slice(0, space) === '0') job?.resolve();
    else job?.reject(new CommandError(`${job.what}: ${said}`, said));
    if (this.#jobs.length > 0) return;
    this.#idle?.cancel();
    this.#idle = this.#clock.timer(IDLE_MS, () => this.close());
  }

  #ended(shell: Shell): void {
    if (this.#shell !== shell) return;
    this.close();
    for (const job of this.#jobs.splice(0)) {
      job.reject(new CommandError(`${job.what}: the shell ended`, ''));
    }
  }
}
