/**
 * `npm run bench:ci`: the reduced benchmark. Measures shares of the machine's limits in the same
 * run, and fails when one has fallen by more than a third from bench/baseline.json. Its last line
 * is `N passed, N failed`. `npm run bench:ci -- --rewrite` writes the baseline instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareShare, describeShare, missingShares, type Shares } from './baseline.ts';
import { deleteCluster, startCluster } from './cluster.ts';
import { withBareServer } from './limits/bare-https.ts';
import { BareNode } from './limits/bare-node.ts';
import { prepare, SHARE_CHECKS, type Sides } from './reduced.ts';
import { withRegistry } from './with-registry.ts';

/** Machines are noisy: a share that falls short is measured so often before it fails. */
const TRIES = 3;

const file = fileURLToPath(new URL('baseline.json', import.meta.url));
const { values } = parseArgs({ options: { rewrite: { type: 'boolean', default: false } } });

await withRegistry((mirrors) =>
  withSides(mirrors, async (sides) => {
    await prepare(sides);
    if (values.rewrite) await rewrite(sides);
    else process.exitCode = (await check(sides)) ? 0 : 1;
  }),
);

async function withSides(
  mirrors: readonly string[],
  work: (sides: Sides) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster({ runtime: 'containerd', mirrors });
  try {
    const node = await BareNode.open(mirrors);
    try {
      await withBareServer((bare) => work({ cluster, bare, node }));
    } finally {
      await node.close();
    }
  } finally {
    deleteCluster(cluster);
  }
}

async function check(sides: Sides): Promise<boolean> {
  const baseline = JSON.parse(readFileSync(file, 'utf8')) as Shares;
  const missing = missingShares(Object.keys(SHARE_CHECKS), baseline);
  for (const name of missing) console.log(`FAIL ${name}: in the baseline, but not measured`);
  let failed = missing.length;
  let passed = 0;
  for (const [name, measure] of Object.entries(SHARE_CHECKS)) {
    let comparison = compareShare(name, await measure(sides), baseline);
    for (let turn = 1; turn < TRIES && !comparison.passed; turn++) {
      console.log(`${describeShare(comparison)}; once more`);
      comparison = compareShare(name, await measure(sides), baseline);
    }
    console.log(describeShare(comparison));
    if (comparison.passed) passed++;
    else failed++;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

async function rewrite(sides: Sides): Promise<void> {
  const shares: Record<string, number> = {};
  for (const [name, measure] of Object.entries(SHARE_CHECKS)) {
    shares[name] = Number((await measure(sides)).toFixed(3));
    console.log(`${name}: ${shares[name]} of the limit`);
  }
  writeFileSync(file, `${JSON.stringify(shares, null, 2)}\n`);
}
