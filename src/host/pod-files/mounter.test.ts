import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/clock.ts';
import { Mounter } from './mounter.ts';

const clock = () => new VirtualClock(0, async () => {});

describe('Mounter', () => {
  it('fails in the words of the program, one job after the other', async () => {
    const time = clock();
    const mounter = new Mounter(time);
    const failures = await Promise.allSettled([
      mounter.unmount('/nowhere/a b'),
      mounter.mountTmpfs('/nowhere/c', 'mode=0777'),
    ]);
    const texts = failures.map((one) => (one.status === 'rejected' ? String(one.reason) : ''));
    expect(texts[0]).toMatch(/umount \/nowhere\/a b: umount: .*nowhere\/a b/);
    expect(texts[1]).toMatch(/mount \/nowhere\/c: mount: .*nowhere\/c/);
    expect(time.pending).toBe(1);
    mounter.close();
    expect(time.pending).toBe(0);
  });

  it('begins anew after it was idle', async () => {
    const time = clock();
    const mounter = new Mounter(time);
    await expect(mounter.unmount('/nowhere')).rejects.toThrow('umount:');
    await time.advance(5_000);
    expect(time.pending).toBe(0);
    await expect(mounter.unmount('/nowhere')).rejects.toThrow('umount:');
    mounter.close();
  });

  it('refuses what would be two jobs', async () => {
    const mounter = new Mounter(clock());
    await expect(mounter.unmount('/a\nunmount - /b')).rejects.toThrow('bad path');
  });
});
