import type { BenchCluster } from '../cluster.ts';
import { Watchers } from '../fan-out.ts';
import { type Figure, medianBy } from '../figures.ts';
import { LoopWatch, type Phase, rateOf, share } from '../phase.ts';
import { WatchedPods } from '../watched-pods.ts';

const WRITERS = 8;
const ROUNDS = 3;
/** As many as the store's history keeps at the least. */
const MISSED = 10_000;

/** How long a watch takes to bring all that came since an old version. */
export async function catchUpScenario(cluster: BenchCluster): Promise<Figure[]> {
  const pods = await WatchedPods.make(cluster, WRITERS);
  const loop = await LoopWatch.open(cluster);
  const path = await pods.watchPath();
  await share(pods.writers, MISSED, pods.update);
  const phases: Phase[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const work = async () => {
      const watchers = await Watchers.open(cluster, path, 1);
      await watchers.seen(MISSED);
      watchers.close();
    };
    phases.push(await loop.measure(work));
  }
  pods.close();
  const median = medianBy(phases, ({ ms }) => ms);
  const scenario = 'late watch';
  return [
    {
      scenario,
      name: 'catch-up of 10,000 events',
      ...rateOf(median, MISSED),
      value: median.ms,
      unit: 'ms',
      goal: '< 100',
      limit: 'catchUp',
    },
    ...loop.end(scenario),
  ];
}
