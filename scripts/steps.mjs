// The steps shared by `npm start` and `npm test`. Plain JavaScript: it runs before anything is
// installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A failure that the person at the keyboard can mend. */
export class StepError extends Error {}

/** Runs one step and prints a line with its name and time, unless it had nothing to do. */
export async function step(name, work) {
  const startedAt = performance.now();
  const did = await work();
  if (did === false) return;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const detail = typeof did === 'string' ? `: ${did}` : '';
  console.log(`- ${name}${detail} (${seconds} s)`);
}

/** So many lines of a failed command's output: what went wrong is at its start or at its end. */
const OUTPUT_LINES = 12;

/** Runs a command; throws StepError with both ends of its output when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
  if (result.status === 0) return;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n');
  const left = output.length - 2 * OUTPUT_LINES;
  if (left > 0) output.splice(OUTPUT_LINES, left, '...');
  const problem = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  throw new StepError(`${command} ${args.join(' ')}: ${problem}\n${output.join('\n')}`);
}

/** Installs the npm packages when they are missing or the lock file has changed since. */
export function installNpmPackages() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return false;
  run('npm', ['ci', '--no-audit', '--no-fund']);
  return true;
}

/** Builds dist/ when a source file is newer than it. */
export function build() {
  const built = join(root, 'dist/proa.cjs');
  const sources = ['src', 'scripts', 'package.json', 'package-lock.json'];
  const newest = Math.max(...sources.map((source) => newestChange(join(root, source))));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return false;
  run('npm', ['run', '--silent', 'build']);
  return true;
}

/** Generated files do not count: the build makes them. */
function newestChange(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== 'generated');
  return Math.max(0, ...names.map((name) => newestChange(join(path, name))));
}

/** Runs a script's steps; a StepError ends it with one sentence and exit code 1. */
export async function main(steps) {
  try {
    process.exitCode = await steps();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
