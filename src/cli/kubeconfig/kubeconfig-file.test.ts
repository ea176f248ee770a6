import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterAccess } from './kubeconfig.ts';
import {
  addToKubeconfigFile,
  kubeconfigToMergeInto,
  removeFromKubeconfigFile,
  userKubeconfigs,
} from './kubeconfig-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const access = (name: string): ClusterAccess => ({
  name,
  server: 'https://127.0.0.1:6443',
  ca: 'CA',
  clientCert: 'CERT',
  clientKey: 'KEY',
});
const contextsOf = (file: string) =>
  (load(readFileSync(file, 'utf8')) as { contexts: { name: string }[] }).contexts.map(
    ({ name }) => name,
  );

describe('userKubeconfigs', () => {
  it.each([
    ['the default', undefined, [join(homedir(), '.kube', 'config')]],
    ['the default for an empty one', '', [join(homedir(), '.kube', 'config')]],
    ['the one named', '/a', ['/a']],
    ['all of a list, without its holes', ':/a::/b', ['/a', '/b']],
  ])('has %s', (_, KUBECONFIG, files) => {
    expect(userKubeconfigs(KUBECONFIG === undefined ? {} : { KUBECONFIG })).toEqual(files);
  });
});

describe('kubeconfigToMergeInto', () => {
  it('is the first that exists, else the last', () => {
    const files = ['a', 'b', 'c'].map((name) => join(folder, name));
    expect(kubeconfigToMergeInto(files)).toBe(files[2]);
    writeFileSync(files[1]!, '');
    expect(kubeconfigToMergeInto(files)).toBe(files[1]);
  });
});

describe('addToKubeconfigFile', () => {
  it('makes folder and file, for their owner alone', async () => {
    const file = join(folder, '.kube', 'config');
    await addToKubeconfigFile(file, access('one'));
    expect(contextsOf(file)).toEqual(['one']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, '.kube')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, '.kube'))).toEqual(['config']);
  });

  it('writes through a link', async () => {
    mkdirSync(join(folder, 'dotfiles'));
    const kept = join(folder, 'dotfiles', 'kube');
    const file = join(folder, 'config');
    writeFileSync(kept, '');
    symlinkSync(kept, file);
    await addToKubeconfigFile(file, access('one'));
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(contextsOf(kept)).toEqual(['one']);
  });

  it('loses none of those written at the same time', async () => {
    const file = join(folder, 'config');
    const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
    await Promise.all(names.map((name) => addToKubeconfigFile(file, access(name))));
    expect(contextsOf(file).sort()).toEqual(names);
  });

  it.each([
    ['a list', '- a\n- b\n'],
    ['broken YAML', 'a: [\n'],
    ['clusters that are no list', 'clusters: 7\n'],
  ])('leaves %s as it is, and says so in a sentence', async (_, text) => {
    const file = join(folder, 'config');
    writeFileSync(file, text);
    const work = addToKubeconfigFile(file, access('one'));
    await expect(work).rejects.toThrow(`${file} is not a kubeconfig: `);
    await expect(work).rejects.not.toThrow('\n');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['config']);
  });

  it('gives up on a lock that stays', async () => {
    const file = join(folder, 'config');
    writeFileSync(`${file}.lock`, '');
    await expect(addToKubeconfigFile(file, access('one'))).rejects.toThrow(`${file}.lock`);
  });
});

describe('removeFromKubeconfigFile', () => {
  it('takes out this cluster alone', async () => {
    const file = join(folder, 'config');
    await addToKubeconfigFile(file, access('one'));
    await addToKubeconfigFile(file, access('two'));
    await removeFromKubeconfigFile(file, 'one');
    expect(contextsOf(file)).toEqual(['two']);
    expect(readFileSync(file, 'utf8')).toContain('current-context: two');
  });

  it('makes no file and no folder', async () => {
    await removeFromKubeconfigFile(join(folder, 'none', 'config'), 'one');
    expect(readdirSync(folder)).toEqual([]);
  });
});
