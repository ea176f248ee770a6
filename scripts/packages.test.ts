import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const file = new URL('./packages.mjs', import.meta.url).href;

function missingPackages(names: readonly string[], path: string): unknown {
  const script = `
    import { missingPackages } from ${JSON.stringify(file)};
    process.env.PATH = ${JSON.stringify(path)};
    console.log(JSON.stringify(missingPackages(${JSON.stringify(names)})));`;
  const args = ['--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('missingPackages', () => {
  const path = process.env.PATH ?? '';

  it('knows what is installed and what is not', () => {
    expect(missingPackages(['coreutils', 'no-such-package'], path)).toEqual(['no-such-package']);
  });
});
