import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultHome, homeAt } from './home.ts';

describe('defaultHome', () => {
  const data = join(homedir(), '.local', 'share', 'proa');
  it.each([
    ['root', {}, true, '/var/lib/proa'],
    ['anybody else', {}, false, data],
    ['XDG_DATA_HOME', { XDG_DATA_HOME: '/data' }, false, '/data/proa'],
    ['an XDG_DATA_HOME to be ignored, as it is relative', { XDG_DATA_HOME: 'x' }, false, data],
    ['PROA_HOME', { PROA_HOME: '/mine', XDG_DATA_HOME: '/data' }, true, '/mine'],
    ['a relative PROA_HOME', { PROA_HOME: 'mine' }, true, join(process.cwd(), 'mine')],
    ['an empty PROA_HOME', { PROA_HOME: '' }, true, '/var/lib/proa'],
  ])('of %s', (_, env, isRoot, folder) => {
    expect(defaultHome(env, isRoot)).toBe(folder);
  });
});

describe('homeAt', () => {
  it('keeps all under one folder', () => {
    const { folder, name, ...paths } = homeAt('/somewhere/');
    expect(folder).toBe('/somewhere');
    for (const path of Object.values(paths)) expect(path.startsWith('/somewhere/')).toBe(true);
  });

  it('names the usual one proa, and others apart', () => {
    expect(homeAt('/var/lib/proa').name).toBe('proa');
    const names = ['/a', '/b'].map((folder) => homeAt(folder).name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^proa-[0-9a-f]{8}$/);
  });

  it('has a short socket for a long folder', () => {
    const { controlSocket } = homeAt(`/${'long/'.repeat(40)}`);
    expect(controlSocket.length).toBeLessThanOrEqual(107);
    expect(controlSocket).not.toContain('long');
  });

  it("refuses '', which would be the folder one happens to be in", () => {
    expect(() => homeAt('')).toThrow('--home must name a folder');
  });
});
