import { EventCounter } from './event-counter.ts';
import type { HttpClient } from './http-client.ts';
import { openClients, share, type Target, type Work } from './phase.ts';

/** Watches that are open; each round counts what comes of it. */
export class Watchers {
  readonly #clients: readonly HttpClient[];

  private constructor(clients: readonly HttpClient[]) {
    this.#clients = clients;
  }

  /** Opens `count` watches of `path`. */
  static async open({ access }: Target, path: string, count: number): Promise<Watchers> {
    const clients = await openClients(access, count);
    for (const client of clients) {
      const status = await client.open(path);
      if (status !== 200) throw new Error(`watch: status ${status}`);
    }
    return new Watchers(clients);
  }

  /** Resolves when each has seen so many events since the last call, or since it was opened. */
  async seen(events: number): Promise<void> {
    const waiting = this.#clients.map(
      (client) =>
        new Promise<void>((resolve) => {
          const counter = new EventCounter(events, resolve);
          client.tap((chunk) => counter.push(chunk));
        }),
    );
    await Promise.all(waiting);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

/** So many updates by `writers`; resolves when all watchers have seen each of them. */
export async function fanOut(
  watchers: Watchers,
  writers: readonly HttpClient[],
  updates: number,
  update: Work,
): Promise<void> {
  const seen = watchers.seen(updates);
  await share(writers, updates, update);
  await seen;
}
