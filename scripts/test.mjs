// `npm test`: installs what the tests use, builds, and runs every layer. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, RUNTIME_PACKAGES } from './packages.mjs';
import { build, installNpmPackages, main, root, StepError, step } from './steps.mjs';

await main(async () => {
  await step('Debian packages', installPackages);
  await step('npm packages', installNpmPackages);
  await step('build', build);
  return runTests(process.argv.slice(2));
});

function installPackages() {
  try {
    return ensurePackages(RUNTIME_PACKAGES).length > 0;
  } catch (error) {
    throw new StepError(
      `the tests run real containers: ${error instanceof Error ? error.message : error}; ` +
        'those that need none: npx vitest run --project unit --project sim',
    );
  }
}

/** Ends with a line `N passed, N failed`; any failure outside a test counts as one. */
function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'proa-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const result = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
      cwd: root,
      stdio: 'inherit',
    });
    const { numPassedTests, numFailedTests, numPendingTests } = readReport(report);
    // Here a skipped test hides something the machine lacks, and that is a failure.
    let failed = numFailedTests + numPendingTests;
    if (result.status !== 0 && failed === 0) failed = 1;
    console.log(`${numPassedTests} passed, ${failed} failed`);
    return failed === 0 && numPassedTests > 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // vitest broke before it could report.
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
  }
}
