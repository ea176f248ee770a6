import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { silentLog } from '../../base/log.ts';
import { hostClock } from '../../host/clock.ts';
import { reserveFile } from '../../host/disk-reserve.ts';
import { readClusterFile } from '../cluster-file.ts';
import type { Home } from '../home.ts';
import { removeFromKubeconfigFile, userKubeconfigs } from '../kubeconfig/kubeconfig-file.ts';
import { readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';
import { stopDaemon } from './down.ts';

/**
 * `proa delete`: stops the cluster and removes everything it made: state, mounts, links, rules,
 * its kubeconfig entries. Finishes what an earlier one left undone.
 */
export async function deleteCommand(home: Home): Promise<number> {
  const settings = await readClusterFile(home.clusterFile);
  if (settings === null) {
    console.log(`there is no cluster in ${home.folder}`);
    return 0;
  }
  const running = readRunFile(home.runFile);
  if (running !== null) await stopDaemon(running);
  if (settings.runtime === 'containerd') {
    if (process.getuid?.() !== 0) throw new UserError('removing real containers needs root');
    const { containerHost } = await import('../daemon/containerd-node.ts');
    await containerHost(home, settings, hostClock, silentLog).destroy();
  }
  for (const file of userKubeconfigs(process.env)) {
    await removeFromKubeconfigFile(file, home.name).catch((error: Error) => {
      console.error(`the context was not removed: ${error.message}`);
    });
  }
  await removeFiles(home);
  console.log('the cluster is deleted');
  return 0;
}

/** Removes what Proa made and nothing else: somebody may keep files of their own in the folder. */
async function removeFiles(home: Home): Promise<void> {
  const { folder, runFile, kubeconfig, pki, keys, store, logs, controlSocket, clusterFile } = home;
  const [pods, volumes] = [join(folder, 'pods'), join(folder, 'volumes')];
  const cluster = [runFile, kubeconfig, pki, keys, store, logs, controlSocket];
  for (const path of [...cluster, pods, volumes, reserveFile(folder)]) {
    await rm(path, { recursive: true, force: true });
  }
  // Files that a crash left half written, each beside the one it was to become.
  const names = [runFile, kubeconfig, clusterFile].map((path) => `${basename(path)}.`);
  for (const entry of await readdir(folder)) {
    if (names.some((name) => entry.startsWith(name))) await rm(join(folder, entry));
  }
  // Files of static pods are their owner's; without one the folder goes.
  await removeEmpty(home.manifests);
  // Last, so that a delete that was cut off can be repeated.
  await rm(clusterFile, { force: true });
  await removeEmpty(folder);
}

async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Somebody's files are in it, or it is a disk of its own.
    if (!['ENOTEMPTY', 'ENOENT', 'EBUSY'].includes(error.code ?? '')) throw error;
  });
}
