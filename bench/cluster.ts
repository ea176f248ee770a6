import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeAt } from '../src/cli/home.ts';
import { readAccess } from '../src/cli/kubeconfig/read-access.ts';
import type { Access } from './http-client.ts';
import { processesWith } from './process-usage.ts';

/** Homes of the clusters that were not deleted yet, for an interrupt to find. */
const homes = new Set<string>();

const proa = fileURLToPath(new URL('../bin/proa', import.meta.url));

/** A cluster of the benchmark's own: its home is a temporary folder. */
export interface BenchCluster {
  readonly home: string;
  readonly kubeconfig: string;
  readonly access: Access;
  /** Of the daemon. */
  readonly pid: number;
  /** Milliseconds from the call of `proa up` to each line of its progress. */
  readonly progress: readonly { readonly line: string; readonly ms: number }[];
}

export interface ClusterChoice {
  readonly runtime: 'containerd' | 'sim';
  /** `HOST=URL`. */
  readonly mirrors?: readonly string[];
  /** A home to use again; a fresh one otherwise. */
  readonly home?: string;
  /** Options of node itself, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
}

/** Runs `proa up` on a free port, with addresses that other clusters rarely use. */
export async function startCluster(choice: ClusterChoice): Promise<BenchCluster> {
  const home = choice.home ?? mkdtempSync(join(tmpdir(), 'proa-bench-'));
  homes.add(home);
  const mirrors = (choice.mirrors ?? []).flatMap((mirror) => ['--registry-mirror', mirror]);
  const networks = ['--pod-cidr', '10.142.0.0/16', '--service-cidr', '10.143.0.0/16'];
  const port = choice.home === undefined ? ['--port', String(await freePort())] : [];
  const args = ['up', '--home', home, ...port, ...networks, '--no-merge-kubeconfig'];
  const startedAt = performance.now();
  const command = [...(choice.nodeArgs ?? []), proa, ...args, '--runtime', choice.runtime];
  const child = spawn(process.execPath, [...command, ...mirrors], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const progress: { line: string; ms: number }[] = [];
  for await (const chunk of child.stdout) {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      progress.push({ line, ms: performance.now() - startedAt });
    }
  }
  const paths = homeAt(home);
  const { server, ca, clientCert, clientKey } = await readAccess(paths);
  const { pid } = JSON.parse(readFileSync(paths.runFile, 'utf8')) as { pid: number };
  const access = { port: Number(new URL(server).port), ca, cert: clientCert, key: clientKey };
  return { home, kubeconfig: paths.kubeconfig, access, pid, progress };
}

/** Ends a cluster; its home stays, for `startCluster` to use again. */
export function stopCluster({ home }: { readonly home: string }): void {
  spawnSync(process.execPath, [proa, 'down', '--home', home], { stdio: 'ignore' });
}

/** Ends a cluster and removes all it made. */
export function deleteCluster({ home }: { readonly home: string }): void {
  spawnSync(process.execPath, [proa, 'delete', '--home', home], { stdio: 'ignore' });
  rmSync(home, { recursive: true, force: true });
  homes.delete(home);
}

/** Deletes what an interrupted run has left, clusters that are still starting too. */
export function deleteAll(): void {
  for (const home of homes) {
    // One that still starts has no run file yet, by which `proa delete` would find it.
    for (const pid of processesWith(`daemon\0--home\0${home}`)) process.kill(pid, 'SIGTERM');
    deleteCluster({ home });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
