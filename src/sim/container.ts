import { type Clock, sleep } from '../base/clock.ts';
import type { ContainerConfig, ContainerStatus, RuntimeEvent } from '../kubelet/runtime.ts';
import { RuntimeError } from '../kubelet/runtime.ts';
import type { SimDisk } from './disk.ts';
import type { SimImage } from './image.ts';
import { type SimFileView, SimProcess } from './process.ts';
import { isKnownCommand } from './shell-commands.ts';

export interface SimContainerOptions {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly image: SimImage;
  readonly imageName: string;
  readonly imageId: string;
  readonly logPath: string;
  readonly clock: Clock;
  readonly disk: SimDisk;
  emit(event: RuntimeEvent): void;
}

/** SIGTERM's code for a program without a handler. */
const TERM_CODE = 143;
const KILL_CODE = 137;

/** One container of the simulation: its state and its process. */
export class SimContainer {
  readonly #options: SimContainerOptions;
  readonly #createdAt: number;
  readonly #files = new Map<string, string>();
  #process: SimProcess | null = null;
  #startedAt = 0;
  #end: { at: number; code: number; isOom: boolean } | null = null;
  #isStartCutOff = false;
  readonly #whenEnded: (() => void)[] = [];

  constructor(options: SimContainerOptions) {
    this.#options = options;
    this.#createdAt = options.clock.now();
  }

  get id(): string {
    return this.#options.id;
  }

  get sandboxId(): string {
    return this.#options.sandboxId;
  }

  get image(): SimImage {
    return this.#options.image;
  }

  get process(): SimProcess | null {
    return this.#process;
  }

  status(): ContainerStatus {
    const { id, sandboxId, config, imageName, imageId, logPath } = this.#options;
    const { name, attempt, labels, annotations } = config;
    const end = this.#end;
    const state = end !== null ? 'exited' : this.#process === null ? 'created' : 'running';
    const reason =
      end === null ? '' : end.isOom ? 'OOMKilled' : end.code === 0 ? 'Completed' : 'Error';
    return {
      id,
      sandboxId,
      name,
      attempt,
      labels,
      annotations,
      state,
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: end?.at ?? 0,
      exitCode: end?.code ?? 0,
      reason,
      message: '',
      isStartCutOff: this.#isStartCutOff,
      image: imageName,
      imageRef: `${imageName.replace(/:[^/:]*$/, '')}@${imageId}`,
      imageId,
      logPath,
    };
  }

  /** @throws RuntimeError when its command does not exist, as runc says it */
  start(): void {
    const { clock, config, disk, image, logPath, emit, id } = this.#options;
    const words = [...config.command, ...config.args];
    this.#startedAt = clock.now();
    if (words.length > 0 && !isKnownCommand(words[0]!)) {
      this.#end = { at: clock.now(), code: 128, isOom: false };
      const text = `exec: "${words[0]}": executable file not found in $PATH: unknown`;
      throw new RuntimeError('other', `failed to create containerd task: ${text}`);
    }
    const isShell = /(^|\/)sh$/.test(words[0] ?? '');
    // A shell as the first process gets no signal that it has no handler for.
    const onTerm = isShell ? null : words.length > 0 ? TERM_CODE : image.onTerm;
    const process = new SimProcess(
      {
        clock,
        image,
        env: new Map(config.env.map(({ name, value }) => [name, value])),
        workingDir: config.workingDir || '/',
        files: this.#fileView(),
        print: (text, stream) => disk.append(logPath, { at: clock.now(), stream, text }),
        ended: (code, isOom) => this.#ended(code, isOom),
      },
      onTerm === undefined ? 0 : onTerm,
    );
    this.#process = process;
    emit({ type: 'started', id });
    void process.run(words.length > 0 ? words.map(quote).join(' ') : image.script);
  }

  /** Ends before it has begun, as when the caller of its start went away. */
  cutOffStart(): void {
    this.#isStartCutOff = true;
    this.#end = { at: this.#options.clock.now(), code: 128, isOom: false };
  }

  /** SIGTERM, then SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const process = this.#process;
    if (process === null || process.isEnded) return;
    const limit = new AbortController();
    const ended = new Promise<void>((resolve) => {
      this.#whenEnded.push(resolve);
    });
    process.terminate();
    await Promise.race([ended, sleep(this.#options.clock, graceMs, limit.signal)]);
    limit.abort();
    this.kill();
  }

  /** SIGKILL. */
  kill(): void {
    this.#process?.end(KILL_CODE);
  }

  async exec(
    command: readonly string[],
    timeoutMs: number,
  ): Promise<{ exitCode: number; output: string; timedOut: boolean }> {
    const process = this.processFor(command);
    const limit = new AbortController();
    const abort = () => limit.abort();
    process.signal.addEventListener('abort', abort, { once: true });
    let timedOut = false;
    const timer = this.#options.clock.timer(timeoutMs, () => {
      timedOut = true;
      abort();
    });
    let output = '';
    const print = (text: string) => {
      output += `${text}\n`;
    };
    const exitCode = await process.runScript(command.map(quote).join(' '), print, limit.signal);
    timer.cancel();
    process.signal.removeEventListener('abort', abort);
    return { exitCode, output, timedOut };
  }

  /**
   * The process beside which `command` may run.
   *
   * @throws RuntimeError when it does not run, or has no such program
   */
  processFor(command: readonly string[]): SimProcess {
    const process = this.#process;
    if (process === null || process.isEnded) {
      throw new RuntimeError('invalid', `container ${this.id} is not running`);
    }
    if (!isKnownCommand(command[0] ?? '')) {
      const text = `OCI runtime exec failed: exec failed: unable to start container process: `;
      throw new RuntimeError(
        'other',
        `${text}exec: "${command[0]}": executable file not found in $PATH`,
      );
    }
    return process;
  }

  #ended(code: number, isOom: boolean): void {
    const { clock, disk, emit, id, logPath } = this.#options;
    this.#end = { at: clock.now(), code, isOom };
    for (const resolve of this.#whenEnded.splice(0)) resolve();
    if (isOom) emit({ type: 'oom', id });
    emit({ type: 'exited', id });
    disk.stir(logPath);
  }

  /** What the container sees: its own files, and the node's where something is mounted. */
  #fileView(): SimFileView {
    const { config, disk } = this.#options;
    const own = this.#files;
    const place = (path: string): { map: Map<string, string>; path: string } => {
      for (const mount of config.mounts) {
        const { containerPath, hostPath } = mount;
        if (path === containerPath) return { map: disk.files, path: hostPath };
        if (path.startsWith(`${containerPath}/`)) {
          return { map: disk.files, path: hostPath + path.slice(containerPath.length) };
        }
      }
      return { map: own, path };
    };
    const isFolder = (path: string) =>
      path === '/' ||
      path === '/tmp' ||
      path === config.workingDir ||
      config.mounts.some(({ containerPath }) => containerPath === path);
    return {
      read(path) {
        const found = place(path);
        return found.map.get(found.path);
      },
      write(path, content) {
        const found = place(path);
        found.map.set(found.path, content);
      },
      remove(path) {
        const found = place(path);
        return found.map.delete(found.path);
      },
      list(path) {
        const found = place(path);
        const prefix = found.path === '/' ? '/' : `${found.path}/`;
        const names = new Set<string>();
        for (const key of found.map.keys()) {
          if (key.startsWith(prefix)) names.add(key.slice(prefix.length).split('/')[0]!);
        }
        return names.size > 0 || isFolder(path) ? [...names].sort() : undefined;
      },
    };
  }
}

/** A word as the simulated shell reads it back. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
