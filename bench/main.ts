/**
 * `npm run bench`: measures the figures of docs/BENCHMARKS.md on this machine and writes them to
 * bench/results/, as Markdown and as JSON.
 * `--only limits,start,idle,pods,probes,streams,api,watch,catch-up,large,scale` chooses among the
 * scenarios.
 * Needs root and what `npm test` installs. Other load on the machine shows in the figures: compare
 * those of one run, with the limits first, or the CPU that each operation took.
 * `--profile FOLDER` leaves a CPU profile of each daemon there, at a cost to every figure.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchCluster, type ClusterChoice, deleteCluster, startCluster } from './cluster.ts';
import type { Figure } from './figures.ts';
import type { LimitName } from './limit-names.ts';
import { LIMIT_GROUPS, type LimitGroup } from './limits/limits.ts';
import type { MeasuredLimit } from './limits/measured-limit.ts';
import { Report } from './report.ts';
import { apiScenario } from './scenarios/api.ts';
import { catchUpScenario } from './scenarios/catch-up.ts';
import { idleScenario } from './scenarios/idle.ts';
import { largeScenario } from './scenarios/large.ts';
import { podsScenario } from './scenarios/pods.ts';
import { probesScenario } from './scenarios/probes.ts';
import { scaleScenario } from './scenarios/scale.ts';
import { startScenario } from './scenarios/start.ts';
import { streamsScenario } from './scenarios/streams.ts';
import { watchScenario } from './scenarios/watch.ts';
import type { Surroundings } from './surroundings.ts';
import { withRegistry } from './with-registry.ts';

type LimitGroupName = keyof typeof LIMIT_GROUPS;

type Scenario = (cluster: BenchCluster, surroundings: Surroundings) => Promise<Figure[]>;

/** Each with the limits that must be known by then: just before, since machines drift. */
const SCENARIOS: Readonly<Record<string, [Scenario, ...LimitGroupName[]]>> = {
  idle: [idleScenario],
  pods: [podsScenario, 'pods'],
  probes: [probesScenario],
  streams: [streamsScenario],
  api: [apiScenario, 'server'],
  watch: [watchScenario, 'server'],
  'catch-up': [catchUpScenario, 'server'],
  large: [largeScenario, 'server', 'pods'],
  scale: [scaleScenario],
};

const { values } = parseArgs({
  options: { only: { type: 'string' }, profile: { type: 'string' } },
});
const known = ['limits', 'start', ...Object.keys(SCENARIOS)];
const chosen = values.only?.split(',') ?? known;
for (const name of chosen) if (!known.includes(name)) throw new Error(`no scenario ${name}`);
const nodeArgs = values.profile
  ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`, '--cpu-prof-interval=200']
  : [];

const report = new Report();
const figures: Figure[] = [];
const limits = new Map<LimitName, number>();
const measuredGroups = new Set<LimitGroupName>();
await withRegistry(async (mirrors) => {
  const choice: ClusterChoice = { runtime: 'containerd', mirrors, nodeArgs };
  if (chosen.includes('start')) {
    await measureLimits(mirrors, ['starts']);
    show(await startScenario(choice));
  }
  for (const [name, [scenario, ...groups]] of Object.entries(SCENARIOS)) {
    if (!chosen.includes(name)) continue;
    await measureLimits(mirrors, groups);
    // A cluster each: what one scenario leaves behind must not weigh on the next.
    const cluster = await startCluster(choice);
    try {
      const tellLimit = chosen.includes('limits') ? tell : null;
      show(await scenario(cluster, { mirrors, tellLimit }));
    } finally {
      deleteCluster(cluster);
    }
  }
  // Those that no scenario needed were asked for by themselves.
  if (chosen.length === 1) {
    await measureLimits(mirrors, Object.keys(LIMIT_GROUPS) as LimitGroupName[]);
  }
});
console.log(`\n${report.write(figures, limits)}`);

/** Measures these limits, where limits were asked for, and each group once. */
async function measureLimits(
  mirrors: readonly string[],
  groups: readonly LimitGroupName[],
): Promise<void> {
  if (!chosen.includes('limits')) return;
  for (const name of groups.filter((group) => !measuredGroups.has(group))) {
    measuredGroups.add(name);
    const group: LimitGroup = LIMIT_GROUPS[name];
    for await (const measured of group(mirrors)) tell(measured);
  }
}

function tell({ figure, limit }: MeasuredLimit): void {
  show([figure]);
  if (limit !== undefined) limits.set(limit, figure.value);
}

function show(measured: readonly Figure[]): void {
  figures.push(...measured);
  for (const { scenario, name, value, unit } of measured) {
    console.log(`${scenario}: ${name}: ${value.toFixed(2)} ${unit}`);
  }
}
