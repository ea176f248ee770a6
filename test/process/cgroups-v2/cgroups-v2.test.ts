import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOnCgroupsV2 } from './machine.ts';

const EXPECTED = {
  isUnified: true,
  files: ['20', '50000 100000', String(96 * 2 ** 20)],
  signal: 'SIGKILL',
  wasKilled: true,
  isCounted: true,
  processes: 1,
  busy: 'EBUSY',
  lifted: ['max 100000', 'max'],
  listed: ['podA'],
  isGone: true,
};

describe('control groups under a kernel with cgroups v2', () => {
  let output: string;

  beforeAll(async () => {
    output = await runOnCgroupsV2(fileURLToPath(new URL('program.ts', import.meta.url)));
  });

  const found = (where: string) => {
    const json = new RegExp(`^found ${where} (.*?)\\r?$`, 'm').exec(output)?.[1];
    expect(json, output).toBeDefined();
    return JSON.parse(json!);
  };

  it('are made, limited, read and removed on the machine itself', () => {
    expect(found('machine')).toEqual({ ...EXPECTED, isMoved: false });
  });

  it('are so in a container too, whose own processes make room below the root', () => {
    expect(found('container')).toEqual({ ...EXPECTED, isMoved: true });
  });
});
