// `npm start`: installs what is missing, builds, and brings the cluster up. Safe to run again.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensurePackages, RUNTIME_PACKAGES } from './packages.mjs';
import { build, installNpmPackages, main, root, StepError, step } from './steps.mjs';

const NODE_MAJOR_MIN = 20;

await main(async () => {
  const args = process.argv.slice(2);
  const simulated = args.includes('--runtime=sim') || args[args.indexOf('--runtime') + 1] === 'sim';
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    throw new StepError(
      `Proa needs Node ${NODE_MAJOR_MIN} or later; this is ${process.versions.node}`,
    );
  }
  if (!simulated) await step('Debian packages', installRuntime);
  await step('npm packages', installNpmPackages);
  await step('build', build);
  const up = spawnSync(process.execPath, [join(root, 'bin/proa'), 'up', ...args], {
    stdio: 'inherit',
  });
  return up.status ?? 1;
});

function installRuntime() {
  const works = 'without it the API and simulated pods still work: npm start -- --runtime sim';
  if (process.platform !== 'linux') {
    throw new StepError(`real containers need Linux, and this is ${process.platform}; ${works}`);
  }
  if (process.getuid?.() !== 0) {
    throw new StepError(`real containers need root (try: sudo npm start); ${works}`);
  }
  try {
    return ensurePackages(RUNTIME_PACKAGES).length > 0;
  } catch (error) {
    throw new StepError(`${error instanceof Error ? error.message : error}; ${works}`);
  }
}
