/**
 * `npm run bench [-- --only start,idle,pods,ceiling,api,watch]`: measures the figures of
 * ARCHITECTURE.md on this machine and writes them to bench/results/. Needs root and what `npm test`
 * installs. Other load on the machine shows in the figures: compare those of one run, with the
 * ceiling first, or the CPU that each operation took.
 * `--profile FOLDER` leaves a CPU profile of each daemon there, at a cost to every figure.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRegistry } from '../test/images/registry.ts';
import { type ClusterChoice, deleteAll, deleteCluster, startCluster } from './cluster.ts';
import { type Figure, toMarkdown } from './figures.ts';
import { apiScenario } from './scenarios/api.ts';
import { ceilingScenario } from './scenarios/ceiling.ts';
import { idleScenario } from './scenarios/idle.ts';
import { podsScenario } from './scenarios/pods.ts';
import { startScenario } from './scenarios/start.ts';
import { watchScenario } from './scenarios/watch.ts';

const SCENARIOS = {
  idle: idleScenario,
  pods: podsScenario,
  api: apiScenario,
  watch: watchScenario,
};

const { values } = parseArgs({
  options: { only: { type: 'string' }, profile: { type: 'string' } },
});
const chosen = values.only?.split(',') ?? ['start', 'ceiling', ...Object.keys(SCENARIOS)];
const nodeArgs = values.profile
  ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`, '--cpu-prof-interval=200']
  : [];

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
    deleteAll();
    void registry.stopped.finally(() => process.exit(130));
  });
}
const registry = await startRegistry(stop.signal);
const figures: Figure[] = [];
const loadBefore = load();
try {
  const choice: ClusterChoice = { runtime: 'containerd', mirrors: registry.mirrors, nodeArgs };
  if (chosen.includes('start')) show(await startScenario(choice));
  if (chosen.includes('ceiling')) show(await ceilingScenario());
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (!chosen.includes(name)) continue;
    // A cluster each: what one scenario leaves behind must not weigh on the next.
    const cluster = await startCluster(choice);
    try {
      show(await scenario(cluster));
    } finally {
      deleteCluster(cluster);
    }
  }
} finally {
  stop.abort();
  await registry.stopped;
}

const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`;
const date = new Date().toISOString().slice(0, 10);
const about = `${machine}, Node ${process.version}, load ${loadBefore} before and ${load()} after`;
const report = `# ${date}\n\n${about}\n\n${toMarkdown(figures)}\n`;
mkdirSync('bench/results', { recursive: true });
writeFileSync(`bench/results/${date}.md`, report);
console.log(`\n${report}`);

/** Of the last minute: more than the run itself makes means that others share the machine. */
function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}

function show(measured: readonly Figure[]): void {
  figures.push(...measured);
  for (const { scenario, name, value, unit } of measured) {
    console.log(`${scenario}: ${name}: ${value.toFixed(2)} ${unit}`);
  }
}
