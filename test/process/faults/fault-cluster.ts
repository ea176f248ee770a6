import { spawnSync } from 'node:child_process';
import { readFileSync, rmdirSync } from 'node:fs';
import { assert } from '../../../src/base/assert.ts';
import type { Pod } from '../../../src/generated/types.ts';
import { containerdLayout } from '../../../src/host/containerd/layout.ts';
import { newCluster, type TestCluster } from '../../harness/cluster.ts';
import { isProcessAlive } from '../../harness/container-process.ts';
import { labKubectl } from '../../harness/find-kubectl.ts';
import { type Lab, openLab } from '../../harness/lab.ts';
import { sharedCluster } from '../../harness/shared-cluster.ts';
import { waitUntil } from '../../harness/wait-until.ts';

/** A cluster that may be harmed, and a desk at it. */
export interface FaultCluster {
  readonly cluster: TestCluster;
  readonly lab: Lab;
  close(): Promise<void>;
}

/**
 * Brings a cluster of the test's own up.
 *
 * @param prepare does to its home what must be done before
 * @param mirrors more of them, `HOST=URL` each
 */
export async function faultCluster(
  name: string,
  prepare: (cluster: TestCluster) => void = () => {},
  mirrors: readonly string[] = [],
): Promise<FaultCluster> {
  const shared = await sharedCluster();
  const cluster = await newCluster({ mirrors: [...shared.mirrors, ...mirrors] });
  prepare(cluster);
  try {
    await cluster.up();
    const lab = await openLab(cluster, labKubectl(), name);
    const close = async () => {
      await lab.close();
      await cluster.remove();
    };
    return { cluster, lab, close };
  } catch (error) {
    await cluster.remove().catch(() => {});
    throw error;
  }
}

/**
 * Brings a cluster of the test's own up whose home is a small disk of its own, in memory: store,
 * containerd and volumes all lie on it. Closing it also sees that `delete` ends well there.
 *
 * @param sizeMb of the disk
 */
export async function smallDiskCluster(name: string, sizeMb: number): Promise<FaultCluster> {
  const own = await faultCluster(name, ({ home }) => {
    const mount = ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=0755`, 'tmpfs', home.folder];
    assert(spawnSync('mount', mount).status === 0, 'the disk is mounted');
  });
  const close = async () => {
    const { folder } = own.cluster.home;
    await own.lab.close();
    const { code, stderr } = await own.cluster.proa(['delete']);
    spawnSync('umount', [folder]);
    rmdirSync(folder);
    assert(code === 0, `the cluster is deleted: ${stderr}`);
  };
  return { ...own, close };
}

/** The daemon's process, as it wrote it down; 0 for none. */
export function daemonPid({ home }: TestCluster): number {
  return pidIn(home.runFile);
}

/** The private containerd's process, as it was written down; 0 for none. */
export function containerdPid({ home }: TestCluster): number {
  return pidIn(containerdLayout(home.folder).processFile);
}

function pidIn(file: string): number {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
  } catch {
    return 0;
  }
}

/** Ends a process as a crash does, and waits until it is gone. */
export async function kill(pid: number): Promise<void> {
  // 0 would be this process itself, with its group.
  assert(pid > 0, 'there is a process to kill');
  process.kill(pid, 'SIGKILL');
  await waitUntil(`process ${pid} is gone`, 10_000, () => !isProcessAlive(pid));
}

/** What must stay as it is while a part of the cluster dies: containers, restarts, addresses. */
export function facts(pods: readonly Pod[]): readonly object[] {
  return pods.flatMap(({ metadata, status }) =>
    (status?.containerStatuses ?? []).map(({ name, containerID, restartCount }) => ({
      name: `${metadata.name}/${name}`,
      containerID,
      restartCount,
      ip: status?.podIP,
    })),
  );
}

/** All pods of the lab. */
export async function podsOf(lab: Lab): Promise<Pod[]> {
  const list = await lab.api.get<{ items: Pod[] }>(`/api/v1/namespaces/${lab.namespace}/pods`);
  return list?.items ?? [];
}
