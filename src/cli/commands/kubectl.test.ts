import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homeAt } from '../home.ts';
import { findKubectl, kubectlCommand } from './kubectl.ts';

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-kubectl-'));
  for (const name of ['a', 'b', 'home']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'a/kubectl'), 'not to be run');
  program = join(folder, 'b/kubectl');
  writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$KUBECONFIG" "$@" > "$0.out"; exit 7\n');
  chmodSync(program, 0o755);
  writeFileSync(join(folder, 'home/kubeconfig'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('findKubectl', () => {
  it('has the first on PATH that can be run', () => {
    expect(findKubectl({ PATH: `${folder}/a:${folder}/b` })).toBe(program);
    expect(findKubectl({ PATH: `${folder}/a` })).toBeNull();
    expect(findKubectl({})).toBeNull();
  });

  it('has the one that is named', () => {
    expect(findKubectl({ PATH: `${folder}/b`, PROA_KUBECTL: '/other' })).toBe('/other');
  });
});

describe('kubectlCommand', () => {
  const withKubectl = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
    const before = process.env.PROA_KUBECTL;
    process.env.PROA_KUBECTL = file;
    try {
      return await work();
    } finally {
      if (before === undefined) delete process.env.PROA_KUBECTL;
      else process.env.PROA_KUBECTL = before;
    }
  };

  it('hands all arguments on, with this cluster, and ends as kubectl does', async () => {
    const args = ['-n', 'x y', 'exec', 'pod', '--', 'ls', '-o', '--help'];
    const home = homeAt(join(folder, 'home'));
    expect(await withKubectl(program, () => kubectlCommand(home, args))).toBe(7);
    const said = readFileSync(`${program}.out`, 'utf8').trimEnd().split('\n');
    expect(said).toEqual([home.kubeconfig, ...args]);
  });

  it('says that there is no cluster', async () => {
    const work = withKubectl(program, () => kubectlCommand(homeAt(join(folder, 'none')), []));
    await expect(work).rejects.toThrow("run 'proa up' first");
  });
});
