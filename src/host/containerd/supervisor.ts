import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { assert } from '../../base/assert.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { unpreferred } from '../priority.ts';
import { bootId, readStat } from '../process-stat.ts';
import { boundLog } from './bound-log.ts';
import { containerdConfig } from './config.ts';
import type { ContainerdLayout } from './layout.ts';
import {
  isAlive,
  type ProcessRecord,
  readProcessRecord,
  removeProcessRecord,
  writeProcessRecord,
} from './process-file.ts';
import {
  cniPluginFolder,
  findProgram,
  hasSysResource,
  missingRequirements,
} from './requirements.ts';
import { chooseSnapshotter } from './snapshotter.ts';

const START_MS_MAX = 30_000;
const STOP_MS_MAX = 10_000;
const LOOK_MS = 4;
const SETTLE_MS = 50;
const RESTART_MS_MIN = 500;
const RESTART_MS_MAX = 30_000;

export interface SupervisorOptions {
  readonly layout: ContainerdLayout;
  readonly sandboxImage: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Called while no containerd runs, just before one is started. */
  starting(): void;
  /** Called when one that died was started again and its socket accepts connections. */
  restarted(): void;
}

/**
 * Owns the private containerd of one cluster. It is detached: it, its shims and the containers
 * outlive this process, and the next start adopts them.
 */
export class ContainerdSupervisor {
  readonly #options: SupervisorOptions;
  #config = '';

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts containerd, or adopts the living one if it has the same configuration. Resolves when
   * its socket accepts connections, with whether it was adopted.
   *
   * @throws Error with one sentence: what is missing, or why containerd ended
   */
  async start(): Promise<'started' | 'adopted'> {
    const { layout } = this.#options;
    const missing = missingRequirements();
    if (missing !== '') throw new Error(missing);
    for (const folder of [layout.root, layout.temporary, layout.state, dirname(layout.log)]) {
      mkdirSync(folder, { recursive: true, mode: 0o711 });
    }
    this.#config = containerdConfig(layout, {
      sandboxImage: this.#options.sandboxImage,
      snapshotter: await chooseSnapshotter(layout.root),
      restrictOomScore: !hasSysResource(),
      cniPlugins: cniPluginFolder()!,
    });
    const living = this.living();
    if (living !== null) {
      if (living.configHash === hash(this.#config) && (await this.#answers())) return 'adopted';
      this.#options.log.info('restarting containerd: its configuration changed');
      await this.stop();
    }
    await this.#spawn();
    return 'started';
  }

  /** The record of the living containerd, or null. */
  living(): ProcessRecord | null {
    const { layout } = this.#options;
    const record = readProcessRecord(layout.processFile);
    return record !== null && isAlive(record, layout.config) ? record : null;
  }

  /** Starts containerd again whenever it dies, and bounds its log, until `signal` aborts. */
  async keepAlive(signal: AbortSignal): Promise<void> {
    const { clock, log, layout } = this.#options;
    assert(this.#config !== '', 'keepAlive follows start');
    let delayMs = RESTART_MS_MIN;
    while (!signal.aborted) {
      await this.#untilLost(signal);
      if (signal.aborted) return;
      boundLog(layout.log);
      if (this.living() !== null) continue;
      log.warn('containerd ended, starting it again');
      try {
        await this.#spawn();
        delayMs = RESTART_MS_MIN;
        this.#options.restarted();
      } catch (error) {
        log.error('containerd does not start', { error: String(error), delayMs });
        await sleep(clock, delayMs, signal);
        delayMs = Math.min(delayMs * 2, RESTART_MS_MAX);
      }
    }
  }

  /** Ends containerd; its containers go on. Safe when there is none. */
  async stop(): Promise<void> {
    const { layout, clock } = this.#options;
    const record = this.living();
    if (record !== null) {
      process.kill(record.pid, 'SIGTERM');
      const deadline = clock.monotonic() + STOP_MS_MAX;
      while (isAlive(record, layout.config)) {
        if (clock.monotonic() > deadline) process.kill(record.pid, 'SIGKILL');
        await sleep(clock, LOOK_MS);
      }
    }
    removeProcessRecord(layout.processFile);
  }

  async #spawn(): Promise<void> {
    const { layout } = this.#options;
    this.#options.starting();
    writeFileSync(layout.config, this.#config);
    boundLog(layout.log);
    // A socket that nobody listens on any more would make the wait below meet an error.
    rmSync(layout.socket, { force: true });
    const output = openSync(layout.log, 'a');
    try {
      const [program, ...args] = unpreferred(findProgram('containerd')!);
      const child = spawn(program, [...args, '--config', layout.config], {
        cwd: '/',
        detached: true,
        stdio: ['ignore', output, output],
        env: { PATH: searchPath(), HOME: '/root' },
      });
      const failed = new Promise<never>((_, reject) => {
        child.once('error', (error) => reject(new Error(`cannot start containerd: ${error}`)));
        child.once('exit', (code) => reject(new Error(this.#whyEnded(code))));
      });
      failed.catch(() => {});
      child.unref();
      if (child.pid === undefined) return await failed;
      this.#record(child.pid);
      await Promise.race([this.#untilAnswers(), failed]);
    } finally {
      closeSync(output);
    }
  }

  #record(pid: number): void {
    const startTicks = readStat(pid)?.startTicks ?? 0;
    const record = { pid, startTicks, bootId: bootId(), configHash: hash(this.#config) };
    writeProcessRecord(this.#options.layout.processFile, record);
  }

  async #untilAnswers(): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + START_MS_MAX;
    while (!(await this.#answers())) {
      if (clock.monotonic() > deadline) {
        throw new Error(`containerd does not answer after ${START_MS_MAX / 1000} s`);
      }
      await sleep(clock, LOOK_MS);
    }
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#options.layout.socket);
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  }

  /**
   * Waits until a connection to containerd breaks: at once when the process ends, whoever started
   * it; and every two minutes, as containerd closes connections that ask nothing.
   */
  #untilLost(signal: AbortSignal): Promise<void> {
    const { clock, layout } = this.#options;
    return new Promise((resolve) => {
      const socket = connect(layout.socket);
      const end = () => {
        signal.removeEventListener('abort', end);
        socket.destroy();
        // The socket goes before the process does.
        clock.timer(signal.aborted ? 0 : SETTLE_MS, resolve);
      };
      signal.addEventListener('abort', end, { once: true });
      socket.on('error', () => {});
      socket.once('close', end);
      socket.resume();
    });
  }

  #whyEnded(code: number | null): string {
    const lines = readFileSync(this.#options.layout.log, 'utf8').trim().split('\n');
    return `containerd ended with code ${code}: ${lines.at(-1) ?? ''}`;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function searchPath(): string {
  return process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}
