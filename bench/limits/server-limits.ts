import { fanOut, Watchers } from '../fan-out.ts';
import { medianBy, quantile } from '../figures.ts';
import type { LimitName } from '../limit-names.ts';
import { measurePhase, openClients, rateOf, share, type Target, type Work } from '../phase.ts';
import { podBody } from '../pod-body.ts';
import { limitFigure, type MeasuredLimit } from './measured-limit.ts';

const CLIENTS = 32;
const OPERATIONS = 8_000;
const ROUNDS = 3;
const LISTS = 20;
/** What a pod of 1.4 KB takes in a list, with its defaults; and an event of a watch. */
const LISTED_POD_BYTES = 2_400;
const EVENT_BYTES = 2_450;
const WATCHERS = 50;
const WRITERS = 8;
const UPDATES = 400;

type Rate = ReturnType<typeof rateOf>;

/** What Node's own HTTPS does, with the clients of the API and watch scenarios. */
export async function serverLimits(target: Target): Promise<MeasuredLimit[]> {
  const clients = await openClients(target.access, CLIENTS);
  const [first] = clients;
  const rounds = async (name: string, limit: LimitName, run: () => Promise<Rate>) => {
    const all: Rate[] = [];
    for (let round = 0; round < ROUNDS; round++) all.push(await run());
    return {
      figure: limitFigure(
        name,
        medianBy(all, ({ value }) => value),
      ),
      limit,
    };
  };
  const operations = (work: Work) => async () =>
    rateOf(await measurePhase(target.pid, () => share(clients, OPERATIONS, work)), OPERATIONS);
  const bytes = (count: number) => async () => {
    const times: number[] = [];
    const phase = await measurePhase(target.pid, async () => {
      for (let index = 0; index < LISTS; index++) {
        const startedAt = performance.now();
        await first?.measure(`/bytes?count=${count}`);
        times.push(performance.now() - startedAt);
      }
    });
    return { ...rateOf(phase, LISTS), value: quantile(times, 0.5), unit: 'ms' };
  };
  const limits = [
    await rounds(
      'bare HTTPS: get 1.4 KB',
      'get',
      operations((client) => client.request('GET', '/')),
    ),
    await rounds(
      'bare HTTPS: post 1.4 KB, parsed and sent back',
      'post',
      operations((client, index) =>
        client.request('POST', '/', 'application/json', podBody(index)),
      ),
    ),
    await rounds('bare HTTPS: 4.8 MB', 'list2000', bytes(2_000 * LISTED_POD_BYTES)),
    await rounds('bare HTTPS: 24 MB', 'list10000', bytes(10_000 * LISTED_POD_BYTES)),
    await rounds('bare HTTPS: 24.5 MB of events', 'catchUp', bytes(10_000 * EVENT_BYTES)),
  ];
  const patch: Work = (client) => client.request('PATCH', '/', 'application/json', '{}');
  const watchers = await Watchers.open(target, '/watch', WATCHERS);
  limits.push(
    await rounds(`bare HTTPS: ${UPDATES} frames of 1.6 KB to ${WATCHERS}`, 'fanOut', async () => {
      const writers = clients.slice(0, WRITERS);
      const phase = await measurePhase(target.pid, () => fanOut(watchers, writers, UPDATES, patch));
      return { ...rateOf(phase, UPDATES * WATCHERS), unit: 'events/s' };
    }),
  );
  watchers.close();
  for (const client of clients) client.close();
  return limits;
}
