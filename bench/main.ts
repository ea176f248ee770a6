/**
 * `npm run bench [-- --only start,idle,api,watch,pods]`: measures the figures of ARCHITECTURE.md
 * on this machine and writes them to bench/results/. Needs root and what `npm test` installs.
 * Other load on the machine shows in the figures: compare those of one run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startRegistry } from '../test/images/registry.ts';
import { deleteCluster, startCluster } from './cluster.ts';
import { type Figure, toMarkdown } from './figures.ts';
import { apiScenario } from './scenarios/api.ts';
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

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = values.only?.split(',') ?? ['start', ...Object.keys(SCENARIOS)];

const stop = new AbortController();
const registry = await startRegistry(stop.signal);
const figures: Figure[] = [];
try {
  const choice = { runtime: 'containerd' as const, mirrors: registry.mirrors };
  if (chosen.includes('start')) show(await startScenario(choice));
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
const report = `# ${date}\n\n${machine}, Node ${process.version}\n\n${toMarkdown(figures)}\n`;
mkdirSync('bench/results', { recursive: true });
writeFileSync(`bench/results/${date}.md`, report);
console.log(`\n${report}`);

function show(measured: readonly Figure[]): void {
  figures.push(...measured);
  for (const { scenario, name, value, unit } of measured) {
    console.log(`${scenario}: ${name}: ${value.toFixed(2)} ${unit}`);
  }
}
