import type { Figure } from './figures.ts';
import { type Access, type Answer, HttpClient } from './http-client.ts';
import type { LimitName } from './limit-names.ts';
import {
  addLoopDelays,
  type LoopDelay,
  loopDelayBetween,
  loopDelayQuantile,
  parseLoopDelay,
} from './loop-delay.ts';
import { cpuMsOf, cpuWaitMsOf } from './process-usage.ts';

/** What the event loop may be late in any scenario. */
const LOOP_DELAY_GOAL = '< 10';

/** What one piece of work took. */
export interface Phase {
  readonly ms: number;
  /** CPU time of the server, and of the benchmark itself. */
  readonly cpuMs: number;
  readonly clientCpuMs: number;
  /** The p99 of the delay of a daemon's event loop. */
  readonly loopP99Ms?: number;
}

/** A server under measure: a daemon, or a bare one. */
export interface Target {
  readonly access: Access;
  readonly pid: number;
}

export type Work = (client: HttpClient, index: number) => Promise<Answer>;

/** Runs `work` and measures what it took of the server with this process id. */
export async function measurePhase(pid: number, work: () => Promise<unknown>): Promise<Phase> {
  const cpuBefore = cpuMsOf(pid);
  const clientBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const client = process.cpuUsage(clientBefore);
  return {
    ms,
    cpuMs: cpuMsOf(pid) - cpuBefore,
    clientCpuMs: (client.user + client.system) / 1000,
  };
}

/** A phase of `count` operations as a figure: how many were done a second. */
export function rateOf(
  phase: Phase,
  count: number,
): Pick<Figure, 'value' | 'unit' | 'cpuMs' | 'clientCpuMs' | 'loopP99Ms'> {
  return {
    value: count / (phase.ms / 1000),
    unit: '/s',
    cpuMs: phase.cpuMs / count,
    clientCpuMs: phase.clientCpuMs / count,
    loopP99Ms: phase.loopP99Ms,
  };
}

/** Opens `count` connections. */
export function openClients(access: Access, count: number): Promise<HttpClient[]> {
  return Promise.all(Array.from({ length: count }, () => HttpClient.open(access)));
}

/** Shares `count` operations out among the clients; each has one under way at a time. */
export async function share(
  clients: readonly HttpClient[],
  count: number,
  work: Work,
): Promise<void> {
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (next < count) expectStatus(await work(client, next++));
    }),
  );
}

/** A benchmark of failures would measure nothing. */
export function expectStatus({ status, body }: Answer): void {
  if (status >= 300) throw new Error(`status ${status}: ${body.toString().slice(0, 500)}`);
}

/** Reads, before and after each phase of a scenario, how late the daemon's event loop was. */
export class LoopWatch {
  readonly #client: HttpClient;
  readonly #pid: number;
  #all: LoopDelay | null = null;
  #ms = 0;
  #cpuWaitMs = 0;

  private constructor(client: HttpClient, pid: number) {
    this.#client = client;
    this.#pid = pid;
  }

  static async open({ access, pid }: Target): Promise<LoopWatch> {
    const watch = new LoopWatch(await HttpClient.open(access), pid);
    // The first scrape loads what renders it: that is no part of any scenario.
    await watch.#read();
    return watch;
  }

  /** Runs `work` and answers the delays during it; they count for the scenario as well. */
  async during(work: () => Promise<unknown>): Promise<LoopDelay> {
    const before = await this.#read();
    const waitBefore = cpuWaitMsOf(this.#pid);
    const startedAt = performance.now();
    await work();
    this.#ms += performance.now() - startedAt;
    this.#cpuWaitMs += cpuWaitMsOf(this.#pid) - waitBefore;
    const delay = loopDelayBetween(before, await this.#read());
    this.#all = this.#all === null ? delay : addLoopDelays(this.#all, delay);
    return delay;
  }

  /** {@link measurePhase}, with the delays during it. */
  async measure(work: () => Promise<unknown>): Promise<Phase> {
    let phase: Phase | undefined;
    const delay = await this.during(async () => {
      phase = await measurePhase(this.#pid, work);
    });
    return { ...(phase as Phase), loopP99Ms: loopDelayQuantile(delay, 0.99) };
  }

  /**
   * The scenario's figures of the event loop. Closes the connection.
   *
   * @param limit what a process that does nothing has, where others take the machine's CPUs
   */
  end(scenario: string, limit?: LimitName): Figure[] {
    this.#client.close();
    const all = this.#all;
    const of = (q: number) => (all === null ? Number.NaN : loopDelayQuantile(all, q));
    const unit = 'ms';
    return [
      {
        scenario,
        name: 'event loop delay, p99',
        value: of(0.99),
        unit,
        goal: LOOP_DELAY_GOAL,
        limit,
      },
      { scenario, name: 'event loop delay, longest', value: of(1), unit },
      {
        scenario,
        name: 'main thread waiting for a CPU',
        value: (this.#cpuWaitMs / this.#ms) * 100,
        unit: '% of the time',
      },
    ];
  }

  async #read(): Promise<LoopDelay> {
    const answer = await this.#client.request('GET', '/metrics');
    expectStatus(answer);
    return parseLoopDelay(answer.body.toString());
  }
}
