import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { silentLog } from '../../base/log.ts';
import { hostClock } from '../../host/clock.ts';
import type { ContainerHost } from '../../host/containerd/container-host.ts';
import { readClusterFile } from '../cluster-file.ts';
import { containerHost } from '../daemon/containerd-node.ts';
import type { Home } from '../home.ts';
import { readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';

/** `proa image load FILE...`: puts images on the node, without a registry. */
export async function imageLoadCommand(home: Home, files: readonly string[]): Promise<number> {
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new UserError(`there is no file ${missing}`);
  const host = await runningHost(home);
  for (const file of files) {
    const names = await host.importImage(resolve(file)).catch((error: Error) => {
      throw new UserError(`${file} cannot be loaded: ${error.message}`);
    });
    for (const name of names) console.log(`loaded ${name}`);
  }
  return 0;
}

/** `proa image ls`: the images on the node, by name. */
export async function imageListCommand(home: Home): Promise<number> {
  const host = await runningHost(home);
  const images = await host.runtime.listImages();
  const rows = images.flatMap(({ id, tags, digests, sizeBytes }) => {
    const names = tags.length > 0 ? tags : digests;
    const short = id.replace(/^sha256:/, '').slice(0, 12);
    return names.map((name) => ({ name, short, size: `${(sizeBytes / 1e6).toFixed(1)} MB` }));
  });
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  const width = Math.max('IMAGE'.length, ...rows.map(({ name }) => name.length)) + 3;
  console.log(`${'IMAGE'.padEnd(width)}${'ID'.padEnd(15)}SIZE`);
  for (const { name, short, size } of rows) {
    console.log(`${name.padEnd(width)}${short.padEnd(15)}${size}`);
  }
  // The connection to containerd would keep the process alive.
  process.exit(0);
}

async function runningHost(home: Home): Promise<ContainerHost> {
  const running = readRunFile(home.runFile);
  const settings = await readClusterFile(home.clusterFile);
  if (running === null || settings === null) {
    throw new UserError(`no cluster runs in ${home.folder}: 'proa up' first`);
  }
  if (settings.runtime !== 'containerd') {
    throw new UserError('this cluster simulates its containers and has no images');
  }
  return containerHost(home, settings, hostClock, silentLog);
}
