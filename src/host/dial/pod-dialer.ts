import type { Socket } from 'node:net';
import type { ByteConnection } from '../../base/byte-streams.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { RuntimeError } from '../../kubelet/runtime.ts';
import { dialError, joinHostPort } from '../prober/go-error.ts';
import { dialHere } from './dial-here.ts';
import { DialProcess } from './dial-process.ts';
import { joinSocket } from './join-socket.ts';

/** Processes at a time; a further one takes the place of that which has been idle longest. */
const PROCESSES_MAX = 16;
/** Connections being made at a time. */
const DIALS_MAX = 512;
/** How long a process without work stays for the next connection. */
const IDLE_MS = 10_000;
/** How long a connection may take: whoever listens is in the same kernel. */
const DIAL_MS_MAX = 30_000;

export interface PodDialerParts {
  /** The path of a sandbox's network namespace; null for the node's own. */
  networkOf(sandboxId: string): Promise<string | null>;
  /** The command that runs another within a network namespace. */
  enter(path: string): readonly string[];
  readonly clock: Clock;
}

/** The process within one pod's network. */
interface Inside {
  readonly process: DialProcess;
  dials: number;
  idle: Timer | null;
}

type Dial = DialProcess['dial'];

/**
 * Connects to ports of pods as a process inside them would, loopback included. No system call of
 * Node's enters a network, so a process of its own does in each that is in use: it starts with the
 * first connection and ends soon after the last was made, or with the sandbox.
 */
export class PodDialer {
  readonly #parts: PodDialerParts;
  /** Of sandboxes that were asked for: theirs does not change until {@link leave}. */
  readonly #networks = new Map<string, Promise<string | null>>();
  /** By sandbox, the one that has been idle longest first. */
  readonly #inside = new Map<string, Inside>();
  #dials = 0;

  constructor(parts: PodDialerParts) {
    this.#parts = parts;
  }

  /**
   * Connects to a port of a sandbox at its IPv4 loopback, or else at that of IPv6. Answers the
   * connection unread; each of its directions ends by itself.
   *
   * @throws RuntimeError in the words of containerd
   */
  async dial(sandboxId: string, port: number, signal: AbortSignal): Promise<Socket> {
    if (this.#dials >= DIALS_MAX) {
      throw new RuntimeError('unavailable', 'too many connections to pods are being made at once');
    }
    this.#dials++;
    try {
      const path = await this.#network(sandboxId);
      const outcome = await this.#dialLoopback(sandboxId, path, port, signal);
      if (typeof outcome !== 'string') return outcome;
      throw failure(sandboxId, port, path, outcome);
    } finally {
      this.#dials--;
    }
  }

  /**
   * Connects a client to a port of a sandbox until both have ended.
   *
   * @throws RuntimeError as {@link dial}
   */
  async forward(sandboxId: string, port: number, connection: ByteConnection): Promise<void> {
    const socket = await this.dial(sandboxId, port, connection.signal);
    await joinSocket(socket, connection, this.#parts.clock);
  }

  /** A sandbox stops: no process stays in its network. */
  leave(sandboxId: string): void {
    this.#networks.delete(sandboxId);
    this.#end(sandboxId);
  }

  /** Ends all processes; connections that were made go on. */
  stop(): void {
    for (const id of [...this.#inside.keys()]) this.leave(id);
  }

  async #network(id: string): Promise<string | null> {
    const asked = this.#networks.get(id) ?? this.#parts.networkOf(id);
    this.#networks.set(id, asked);
    try {
      return await asked;
    } catch (error) {
      this.#networks.delete(id);
      throw error;
    }
  }

  /** Answers a connection, or why there is none at either address. */
  async #dialLoopback(
    id: string,
    path: string | null,
    port: number,
    signal: AbortSignal,
  ): Promise<Socket | string> {
    if (!this.#networks.has(id)) return 'the network namespace is closed';
    if (path === null) return this.#dialBoth(dialHere, id, port, signal);
    const inside = this.#inside.get(id) ?? this.#enter(id, path);
    if (inside === null) return 'too many pods are being connected to at once';
    inside.idle?.cancel();
    inside.idle = null;
    inside.dials++;
    try {
      const dial: Dial = (...where) => inside.process.dial(...where);
      return await this.#dialBoth(dial, id, port, signal);
    } catch (error) {
      return (error as Error).message;
    } finally {
      inside.dials--;
      if (inside.dials === 0 && this.#inside.get(id) === inside) this.#rest(id, inside);
    }
  }

  async #dialBoth(
    dial: Dial,
    id: string,
    port: number,
    signal: AbortSignal,
  ): Promise<Socket | string> {
    const limit = new AbortController();
    const timer = this.#parts.clock.timer(DIAL_MS_MAX, () => limit.abort());
    try {
      const either = AbortSignal.any([signal, limit.signal]);
      const first = await dial('127.0.0.1', port, either);
      if (typeof first !== 'string') return first;
      const second = await dial('::1', port, either);
      if (typeof second !== 'string') return second;
      const why = `IPv4: ${goText('tcp4', port, first)} IPv6 ${goText('tcp6', port, second)} `;
      return `failed to connect to localhost:${port} inside namespace "${id}", ${why}`;
    } finally {
      timer.cancel();
    }
  }

  #enter(id: string, path: string): Inside | null {
    if (this.#inside.size >= PROCESSES_MAX) {
      const idlest = [...this.#inside].find(([, { dials }]) => dials === 0);
      if (idlest === undefined) return null;
      this.#end(idlest[0]);
    }
    const ended = () => {
      if (this.#inside.get(id) === inside) this.#end(id);
    };
    const process = new DialProcess(this.#parts.enter(path), ended);
    const inside: Inside = { process, dials: 0, idle: null };
    this.#inside.set(id, inside);
    return inside;
  }

  /** Has the process wait for the next connection. */
  #rest(id: string, inside: Inside): void {
    this.#inside.delete(id);
    this.#inside.set(id, inside);
    inside.idle = this.#parts.clock.timer(IDLE_MS, () => this.#end(id));
  }

  #end(id: string): void {
    const inside = this.#inside.get(id);
    this.#inside.delete(id);
    inside?.idle?.cancel();
    inside?.process.end();
  }
}

/** The error of connecting to a loopback address, as Go has it. */
function goText(network: 'tcp4' | 'tcp6', port: number, code: string): string {
  const host = network === 'tcp4' ? '127.0.0.1' : '::1';
  // Given up by the limit or by the client, who does not read it.
  if (code === 'ECANCELED') return `dial ${network} ${joinHostPort(host, port)}: i/o timeout`;
  const error = Object.assign(new Error(code), { code });
  return dialError(error, { host, port, ends: '' }, network);
}

function failure(id: string, port: number, path: string | null, why: string): RuntimeError {
  const inside = `failed to execute portforward in network namespace "${path ?? 'host'}"`;
  return new RuntimeError(
    'other',
    `error forwarding port ${port} to pod ${id}, uid : ${inside}: ${why}`,
  );
}
