import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';

/**
 * Which snapshotter serves `root`: overlayfs where the file system allows it, else native, which
 * copies. Once chosen it stays: images are unpacked in it.
 */
export async function chooseSnapshotter(root: string): Promise<'overlayfs' | 'native'> {
  if (existsSync(join(root, 'io.containerd.snapshotter.v1.overlayfs', 'metadata.db'))) {
    return 'overlayfs';
  }
  if (existsSync(join(root, 'io.containerd.snapshotter.v1.native', 'metadata.db'))) {
    return 'native';
  }
  return (await overlayWorks(join(root, 'overlay-trial'))) ? 'overlayfs' : 'native';
}

async function overlayWorks(folder: string): Promise<boolean> {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const path of [lower, upper, work, merged]) mkdirSync(path, { recursive: true });
  try {
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await runCommand('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
    await runCommand('umount', [merged]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
