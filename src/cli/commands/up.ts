import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import {
  type ClusterOptions,
  type ClusterSettings,
  readClusterFile,
  settle,
  writeClusterFile,
} from '../cluster-file.ts';
import type { Home } from '../home.ts';
import { addToKubeconfigFile, userKubeconfig } from '../kubeconfig/kubeconfig-file.ts';
import { readAccess } from '../kubeconfig/read-access.ts';
import { type Progress, progressLine, readProgress, reportTo } from '../progress.ts';
import { requireRuntime } from '../requirements.ts';
import { type RunningDaemon, readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';
import { findKubectl } from './kubectl.ts';

export interface UpOptions extends ClusterOptions {
  readonly foreground: boolean;
  readonly mergeKubeconfig: boolean;
}

/** The file descriptor on which a daemon in the background reports its progress. */
const PROGRESS_FD = 3;

/** `proa up`: brings the cluster up, in the background unless asked otherwise. */
export async function upCommand(home: Home, options: UpOptions): Promise<number> {
  const { foreground, mergeKubeconfig, ...asked } = options;
  const running = readRunFile(home.runFile);
  if (running !== null) return alreadyUp(home, running, mergeKubeconfig);

  const previous = await readClusterFile(home.clusterFile);
  const settings = settle(asked, previous, defaults());
  requireRuntime(settings.runtime);
  mkdirSync(home.logs, { recursive: true, mode: 0o755 });
  await writeClusterFile(home.clusterFile, settings);
  return foreground
    ? runInForeground(home, settings, mergeKubeconfig)
    : startInBackground(home, mergeKubeconfig);
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

async function alreadyUp(home: Home, running: RunningDaemon, merge: boolean): Promise<number> {
  if (merge) await mergeAccess(home);
  console.log(`proa is up already: ${running.server}, node ${running.nodeName}`);
  return 0;
}

async function startInBackground(home: Home, merge: boolean): Promise<number> {
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
  if (last?.type === 'failed') throw new UserError(progressLine(last));
  if (last?.type !== 'ready') {
    throw new UserError(`proa stopped while starting: see ${home.daemonLog}`);
  }
  if (merge) await mergeAccess(home);
  console.log(nextLines(home, merge));
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
    if (merge) await mergeAccess(home);
    console.log(nextLines(home, merge));
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

async function mergeAccess(home: Home): Promise<void> {
  const access = await readAccess(home);
  await addToKubeconfigFile(userKubeconfig(process.env), access);
}

/** What a person types next. */
function nextLines(home: Home, merged: boolean): string {
  const found = findKubectl(process.env) !== null;
  const kubectl = merged && found ? 'kubectl' : `proa kubectl --home ${home.folder} --`;
  const lines = ['', `  ${kubectl} get nodes`, `  ${kubectl} run web --image=nginx`, ''];
  if (!found) lines.push('No kubectl on PATH yet: apt-get install kubernetes-client');
  return lines.join('\n');
}
