import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import {
  type ClusterOptions,
  type ClusterSettings,
  differs,
  readClusterFile,
  settle,
  writeClusterFile,
} from '../cluster-file.ts';
import { requireFreeRanges } from '../free-ranges.ts';
import type { Home } from '../home.ts';
import {
  addToKubeconfigFile,
  kubeconfigToMergeInto,
  userKubeconfigs,
} from '../kubeconfig/kubeconfig-file.ts';
import { readAccess } from '../kubeconfig/read-access.ts';
import { type Progress, progressLine, readProgress, reportTo } from '../progress.ts';
import { requireRuntime } from '../requirements.ts';
import { isRunning, type RunningDaemon, readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';
import { nextContext, nextLines } from './next-lines.ts';
import { askStatus } from './status.ts';

export interface UpOptions extends ClusterOptions {
  readonly foreground: boolean;
  readonly mergeKubeconfig: boolean;
}

/** The file descriptor on which a daemon in the background reports its progress. */
const PROGRESS_FD = 3;
/** How often it looks whether another's start has come to its end. */
const LOOK_MS = 50;

/** `proa up`: brings the cluster up, in the background unless asked otherwise. */
export async function upCommand(home: Home, options: UpOptions): Promise<number> {
  const { foreground, mergeKubeconfig, ...asked } = options;
  const running = readRunFile(home.runFile);
  if (running !== null) return alreadyUp(home, running, options);

  const previous = await readClusterFile(home.clusterFile);
  const settings = settle(asked, previous, defaults());
  requireRuntime(settings.runtime);
  await requireFreeRanges(home, settings);
  mkdirSync(home.logs, { recursive: true, mode: 0o755 });
  await writeClusterFile(home.clusterFile, settings);
  return foreground
    ? runInForeground(home, settings, mergeKubeconfig)
    : startInBackground(home, options);
}

function defaults(): ClusterSettings {
  return {
    port: 6443,
    runtime: 'containerd',
    podCidr: '10.42.0.0/16',
    serviceCidr: '10.43.0.0/16',
    nodeName: hostname().toLowerCase(),
    registryMirrors: [],
  };
}

/** Says that it is up; one that somebody else has just started is waited for. */
async function alreadyUp(home: Home, running: RunningDaemon, options: UpOptions): Promise<number> {
  let status = await askStatus(running);
  while (status === null || status.state === 'starting') {
    if (!isRunning(running)) {
      throw new UserError(`the proa that was starting has stopped: see ${home.daemonLog}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    status = await askStatus(running);
  }
  if (options.mergeKubeconfig) await mergeAccess(home);
  const node = `node ${running.nodeName}${status.nodeReady ? '' : ' (not Ready)'}`;
  console.log(`proa is up already: ${running.server}, ${node}`);
  const { foreground, mergeKubeconfig, ...asked } = options;
  const previous = await readClusterFile(home.clusterFile);
  if (previous !== null && differs(asked, previous)) {
    console.log("Other options count from the next start: 'proa down' first");
  }
  return 0;
}

async function startInBackground(home: Home, options: UpOptions): Promise<number> {
  const log = openSync(home.daemonLog, 'a');
  const entry = process.argv[1] as string;
  const args = [...process.execArgv, entry, 'daemon', '--home', home.folder];
  const child = spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'pipe'],
  });
  let last: Progress | undefined;
  await readProgress(child.stdio[PROGRESS_FD] as Readable, (progress) => {
    last = progress;
    if (progress.type !== 'failed') console.log(progressLine(progress));
  });
  child.unref();
  if (last?.type === 'failed') {
    // One that somebody started at the same time was quicker: it serves as well.
    const other = readRunFile(home.runFile);
    if (other !== null) return alreadyUp(home, other, options);
    throw new UserError(last.message);
  }
  if (last?.type !== 'ready') {
    throw new UserError(`proa stopped while starting: see ${home.daemonLog}`);
  }
  const merged = options.mergeKubeconfig && (await mergeAccess(home));
  console.log(nextLines(home, merged, nextContext()));
  return 0;
}

async function runInForeground(
  home: Home,
  settings: ClusterSettings,
  merge: boolean,
): Promise<number> {
  const { runDaemon } = await import('../daemon/daemon.ts');
  return runDaemon(home, settings, async (progress) => {
    console.log(progressLine(progress));
    if (progress.type !== 'ready') return;
    const merged = merge && (await mergeAccess(home));
    console.log(nextLines(home, merged, nextContext()));
  });
}

/** `proa daemon`: what `up` starts in the background. Not for people. */
export async function daemonCommand(home: Home): Promise<number> {
  const { createWriteStream } = await import('node:fs');
  const settings = await readClusterFile(home.clusterFile);
  if (settings === null) throw new UserError(`no cluster in ${home.folder}: run 'proa up'`);
  const stream = createWriteStream('', { fd: PROGRESS_FD });
  const report = reportTo(stream);
  const { runDaemon } = await import('../daemon/daemon.ts');
  return runDaemon(home, settings, async (progress) => {
    report(progress);
    // Whoever waits is told that this was the last line.
    if (progress.type !== 'step') stream.end();
  });
}

/**
 * Puts the cluster into the user's kubeconfig. Where that cannot be done the cluster is up all the
 * same: then it says why and answers false.
 */
async function mergeAccess(home: Home): Promise<boolean> {
  const access = await readAccess(home);
  const file = kubeconfigToMergeInto(userKubeconfigs(process.env));
  try {
    await addToKubeconfigFile(file, access);
    return true;
  } catch (error) {
    console.error(`the context was not merged: ${(error as Error).message}`);
    return false;
  }
}
