import type { BenchCluster } from '../cluster.ts';
import { fanOut, Watchers } from '../fan-out.ts';
import { type Figure, medianBy } from '../figures.ts';
import { LoopWatch, rateOf } from '../phase.ts';
import { WatchedPods } from '../watched-pods.ts';

const WATCHERS = 50;
const UPDATES = 400;
const WRITERS = 8;
/** Rounds before the one that is told as warm: a server of some age has run its code before. */
const WARM_ROUNDS = 20;
const ROUNDS = 9;

/** 50 watchers that all see 400 updates: how many events reach them a second. */
export async function watchScenario(cluster: BenchCluster): Promise<Figure[]> {
  const loop = await LoopWatch.open(cluster);
  const pods = await WatchedPods.make(cluster, WRITERS);
  const watchers = await Watchers.open(cluster, await pods.watchPath(), WATCHERS);
  const round = async () => {
    const work = () => fanOut(watchers, pods.writers, UPDATES, pods.update);
    return rateOf(await loop.measure(work), UPDATES * WATCHERS);
  };
  const first = await round();
  for (let turn = 0; turn < WARM_ROUNDS; turn++) await round();
  const warm: (typeof first)[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) warm.push(await round());
  watchers.close();
  pods.close();
  const expected = {
    unit: 'events/s',
    goal: '> 100000',
    peer: '13,600/s',
    limit: 'fanOut',
  } as const;
  const scenario = 'watch, 50 watchers';
  return [
    { scenario, name: '400 updates to all, the first', ...first, ...expected },
    {
      scenario,
      name: '400 updates to all, once warm',
      ...medianBy(warm, ({ value }) => value),
      ...expected,
    },
    ...loop.end(scenario),
  ];
}
