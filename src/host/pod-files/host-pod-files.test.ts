import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hostClock } from '../clock.ts';
import { HostPodFiles } from './host-pod-files.ts';

const home = mkdtempSync(join(tmpdir(), 'proa-files-'));
const files = new HostPodFiles(home, hostClock);
const pod = { uid: 'u1', name: 'web', namespace: 'default' };
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);

afterAll(() => rmSync(home, { recursive: true }));

describe('HostPodFiles', () => {
  it('reads back what it wrote, and nothing of what is not there', async () => {
    await files.preparePod(pod);
    await files.writeFile('u1', 'note', 'x');
    expect(await files.readFile('u1', 'note')).toBe('x');
    await files.removeFile('u1', 'note');
    await files.removeFile('u1', 'note');
    expect(await files.readFile('u1', 'note')).toBe('');
    expect(await files.readFile('none', 'note')).toBe('');
    await files.removePod(pod);
  });

  it('makes, lists and removes a pod, each as often as one likes', async () => {
    const logs = await files.preparePod(pod);
    expect(await files.preparePod(pod)).toBe(logs);
    expect(logs).toBe(join(home, 'logs/pods/default_web_u1'));
    expect(await files.listPods()).toEqual([pod]);
    await files.removePod(pod);
    await files.removePod(pod);
    expect(await files.listPods()).toEqual([]);
    expect(existsSync(logs)).toBe(false);
  });

  it('takes what no pod made for no pod', async () => {
    mkdirSync(join(home, 'pods/lost+found'), { recursive: true });
    mkdirSync(join(home, 'logs/pods/lost+found'), { recursive: true });
    expect(await files.listPods()).toEqual([]);
  });

  it('makes an emptyDir for everybody and keeps what is in it', async () => {
    await files.preparePod(pod);
    const path = await files.emptyDir('u1', 'data', { medium: '' });
    expect(mode(path)).toBe('777');
    writeFileSync(join(path, 'x'), 'kept');
    expect(await files.emptyDir('u1', 'data', { medium: '' })).toBe(path);
    expect(readFileSync(join(path, 'x'), 'utf8')).toBe('kept');
  });

  it('removes the volumes of a pod and nothing else of it', async () => {
    const logs = await files.preparePod(pod);
    const path = await files.emptyDir('u1', 'large', { medium: '' });
    writeFileSync(join(path, 'x'), 'much');
    const message = await files.terminationMessage('u1', 'main', 0);
    await files.removeVolumes('u1');
    await files.removeVolumes('u1');
    expect([path, logs, message].map(existsSync)).toEqual([false, true, true]);
  });

  it('gives an emptyDir to the group', async () => {
    await files.preparePod(pod);
    const fsGroup = process.getgid?.() ?? 0;
    const path = await files.emptyDir('u1', 'shared', { medium: '', fsGroup });
    expect([mode(path), statSync(path).gid]).toEqual(['2777', fsGroup]);
  });

  it('writes files and termination messages', async () => {
    await files.preparePod(pod);
    const hosts = await files.writeFile('u1', 'etc-hosts', '127.0.0.1 localhost\n');
    const { ino } = statSync(hosts);
    await files.writeFile('u1', 'etc-hosts', 'changed\n');
    expect(statSync(hosts).ino).toBe(ino);
    const message = await files.terminationMessage('u1', 'main', 2);
    expect(mode(message)).toBe('666');
    writeFileSync(message, 'a\nb\nc\n');
    expect(await files.readTail(message, 100)).toBe('a\nb\nc\n');
    expect(await files.readTail(message, 3)).toBe('\nc\n');
    expect(await files.readTail(message, 100, 2)).toBe('b\nc\n');
    expect(await files.readTail(`${message}-none`, 100)).toBe('');
  });

  it('refuses a uid that leads out of its folder', async () => {
    await expect(files.preparePod({ ...pod, uid: '../x' })).rejects.toThrow('names a folder');
  });
});
