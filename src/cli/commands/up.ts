import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { HostDiskReserve } from '../../host/disk-reserve.ts';
import { hostMachine } from '../../host/machine.ts';
import { makeCertificates, type NewCertificates } from '../../host/pki/certificates.ts';
import { DEFAULT_EVICTION_HARD } from '../../kubelet/eviction/thresholds.ts';
import { certificateNames } from '../certificate-names.ts';
import {
  type ClusterOptions,
  type ClusterSettings,
  differs,
  readClusterFile,
  settle,
  writeClusterFile,
} from '../cluster-file.ts';
import { requireFreeRanges } from '../free-ranges.ts';
import { sendGoAhead } from '../go-ahead.ts';
import type { Home } from '../home.ts';
import { DAEMON_FD, type Progress, progressLine, readProgress } from '../progress.ts';
import { requireRuntime } from '../requirements.ts';
import { isRunning, type RunningDaemon, readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';
import { nextContext, nextLines } from './next-lines.ts';
import { askStatus } from './status.ts';

export interface UpOptions extends ClusterOptions {
  readonly foreground: boolean;
  readonly mergeKubeconfig: boolean;
  /** Where the daemon writes its trace. */
  readonly trace?: string;
}

/** How often it looks whether another's start has come to its end. */
const LOOK_MS = 50;

/** `proa up`: brings the cluster up, in the background unless asked otherwise. */
export async function upCommand(home: Home, options: UpOptions): Promise<number> {
  const { foreground, mergeKubeconfig, trace, ...asked } = options;
  const running = readRunFile(home.runFile);
  if (running !== null) return alreadyUp(home, running, options);

  const previous = await readClusterFile(home.clusterFile);
  const settings = settle(asked, previous, defaults());
  requireRuntime(settings.runtime);
  const firstMade = mkdirSync(home.logs, { recursive: true, mode: 0o755 });
  // A start writes: on a disk that pods have filled it needs room as their ends do.
  await new HostDiskReserve(home.folder).release();
  try {
    if (!foreground) return await startInBackground(home, settings, options);
    await requireFreeRanges(home, settings);
    await writeClusterFile(home.clusterFile, settings);
  } catch (error) {
    // A cluster that was never made leaves nothing.
    if (firstMade !== undefined && !existsSync(home.clusterFile)) {
      rmSync(firstMade, { recursive: true, force: true });
    }
    throw error;
  }
  return runInForeground(home, settings, options);
}

function defaults(): ClusterSettings {
  return {
    port: 6443,
    runtime: 'containerd',
    podCidr: '10.42.0.0/16',
    serviceCidr: '10.43.0.0/16',
    nodeName: hostname().toLowerCase(),
    registryMirrors: [],
    evictionHard: DEFAULT_EVICTION_HARD,
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
  const { foreground, mergeKubeconfig, trace, ...asked } = options;
  const previous = await readClusterFile(home.clusterFile);
  if (trace !== undefined || (previous !== null && differs(asked, previous))) {
    console.log("Other options count from the next start: 'proa down' first");
  }
  return 0;
}

async function startInBackground(
  home: Home,
  settings: ClusterSettings,
  options: UpOptions,
): Promise<number> {
  // It loads while this process looks at what its start may meet; then it is told to go ahead.
  const child = spawnDaemon(home, options.trace);
  const channel = child.stdio[DAEMON_FD] as Socket;
  try {
    const [certificates] = await Promise.all([
      newCertificates(home, settings),
      requireFreeRanges(home, settings),
    ]);
    await writeClusterFile(home.clusterFile, settings);
    sendGoAhead(channel, { certificates });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  let last: Progress | undefined;
  await readProgress(channel, (progress) => {
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

function spawnDaemon(home: Home, trace: string | undefined): ChildProcess {
  const log = openSync(home.daemonLog, 'a');
  const entry = process.argv[1] as string;
  // The daemon's working folder is another.
  const traced = trace === undefined ? [] : ['--trace', resolve(trace)];
  const args = [...process.execArgv, entry, 'daemon', '--home', home.folder, ...traced];
  return spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'pipe'],
  });
}

/** The certificates of a cluster that has none: this process has nothing better to do meanwhile. */
async function newCertificates(
  home: Home,
  settings: ClusterSettings,
): Promise<NewCertificates | null> {
  if (settings.runtime === 'sim' || existsSync(join(home.pki, 'ca.crt'))) return null;
  return makeCertificates(certificateNames(settings, hostMachine(home.folder)));
}

async function runInForeground(
  home: Home,
  settings: ClusterSettings,
  { mergeKubeconfig, trace }: UpOptions,
): Promise<number> {
  const { runDaemon } = await import('../daemon/daemon.ts');
  return runDaemon(home, settings, { offered: null, trace }, async (progress) => {
    console.log(progressLine(progress));
    if (progress.type !== 'ready') return;
    const merged = mergeKubeconfig && (await mergeAccess(home));
    console.log(nextLines(home, merged, nextContext()));
  });
}

/**
 * Puts the cluster into the user's kubeconfig. Where that cannot be done the cluster is up all the
 * same: then it says why and answers false.
 */
async function mergeAccess(home: Home): Promise<boolean> {
  // YAML is read and written for this alone.
  const { readAccess } = await import('../kubeconfig/read-access.ts');
  const { addToKubeconfigFile, kubeconfigToMergeInto, userKubeconfigs } = await import(
    '../kubeconfig/kubeconfig-file.ts'
  );
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
