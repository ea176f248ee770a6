import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRegistry, type TestRegistry } from '../images/registry.ts';
import { startCluster, type TestCluster } from './cluster.ts';
import type { SharedAnswer } from './shared-cluster.ts';

/**
 * Hands out one cluster, with the registry of stand-in images behind it, to all tests of a run.
 * Both start when the first test asks, so that a run of tests that need none costs nothing.
 *
 * @returns what ends the run; it throws when the cluster leaves anything behind on the machine
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'proa-shared-'));
  const socket = join(folder, 'shared.sock');
  const controller = new AbortController();
  let registry: TestRegistry | undefined;
  let cluster: TestCluster | undefined;
  const start = async (): Promise<SharedAnswer> => {
    try {
      registry = await startRegistry(controller.signal);
      cluster = await startCluster({ mirrors: registry.mirrors });
      return { home: cluster.home.folder, mirrors: registry.mirrors };
    } catch (error) {
      return { error: `the shared cluster does not start: ${error}` };
    }
  };
  let started: Promise<SharedAnswer> | undefined;
  const server = createServer((connection) => {
    connection.on('error', () => {});
    started ??= start();
    void started.then((answer) => connection.end(JSON.stringify(answer)));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  project.provide('sharedCluster', socket);

  return async () => {
    server.close();
    await started;
    try {
      await cluster?.remove();
    } finally {
      controller.abort();
      await registry?.stopped;
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
