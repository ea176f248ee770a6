import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homeAt } from '../home.ts';
import { nextLines } from './next-lines.ts';

describe('nextLines', () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'proa-next-')));
    for (const name of ['clone/bin', 'path', 'tools']) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    program = join(folder, 'clone/bin/proa');
    for (const file of [program, join(folder, 'tools/kubectl')]) {
      writeFileSync(file, '#!/bin/sh\n');
      chmodSync(file, 0o755);
    }
    symlinkSync(program, join(folder, 'path/proa'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const lines = (choice: {
    path?: string[];
    home?: string;
    merged?: boolean;
    from?: string;
    program?: string;
  }) => {
    const { path = ['tools'], home = '/var/lib/proa', merged = false, from = 'clone' } = choice;
    const context = {
      env: { PATH: path.map((name) => join(folder, name)).join(':') },
      isRoot: true,
      folder: join(folder, from),
      program: choice.program ?? program,
    };
    return nextLines(homeAt(home), merged, context);
  };

  it('are plain kubectl where the context was merged', () => {
    expect(lines({ merged: true })).toBe(
      '\n  kubectl get nodes\n  kubectl run web --image=nginx\n',
    );
  });

  it.each([
    ['from the checkout', {}, 'bin/proa kubectl get nodes'],
    ['from its own folder', { from: 'clone/bin' }, './proa kubectl get nodes'],
    ['when it is on PATH', { path: ['tools', 'path'] }, 'proa kubectl get nodes'],
    ['for a developer', { program: '/x/src/main.ts' }, 'proa kubectl get nodes'],
    ['with another home', { home: '/other' }, 'bin/proa kubectl --home /other get nodes'],
    ['with a blank in it', { home: "/o t'r" }, `--home '/o t'\\''r' get nodes`],
  ])('name the program %s', (_, choice, line) => {
    expect(lines(choice).split('\n')[1]).toContain(line);
  });

  it('name it whole from elsewhere', () => {
    expect(lines({ from: 'tools' }).split('\n')[1]).toBe(`  ${program} kubectl get nodes`);
  });

  it('say how to get a kubectl', () => {
    expect(lines({ path: [], merged: true })).toMatch(
      /bin\/proa kubectl get nodes\n.*\n\nNo kubectl on PATH yet: apt-get install/,
    );
  });
});
