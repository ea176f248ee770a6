import { chmod, mkdir, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { ProjectedContent } from '../../kubelet/edges.ts';
import { giveToGroup, writeAtomically } from './atomic-writer.ts';
import type { Mounter } from './mounter.ts';

/** Since this kernel a tmpfs can be kept out of the swap space. */
const NOSWAP_SINCE = [6, 4] as const;

/**
 * Makes a volume of a pod show `content`, and answers its path. What must stay in memory lies on a
 * tmpfs of its own, and is never written before that is mounted.
 *
 * @param volumes the folder of the pod's volumes
 * @param now epoch ms
 */
export async function projectVolume(
  volumes: string,
  name: string,
  content: ProjectedContent,
  mounter: Mounter,
  now: number,
): Promise<string> {
  assert(!name.includes('/'), 'a volume has a plain name');
  const { plugin, inMemory, fsGroup, files } = content;
  const path = join(volumes, `kubernetes.io~${plugin}`, name);
  const isNew = (await mkdir(path, { recursive: true, mode: 0o750 })) !== undefined;
  const needsMount = inMemory && !(await isMountPoint(path));
  if (needsMount) await mounter.mountTmpfs(path, tmpfsOptions());
  if (isNew || needsMount) {
    // mkdir's mode passes through the umask; whoever the container runs as may look here.
    await chmod(path, 0o777);
    if (fsGroup !== undefined) giveToGroup(path, fsGroup);
  }
  writeAtomically(path, files, { fsGroup, now });
  return path;
}

async function isMountPoint(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([stat(path), stat(dirname(path))]);
  return own.dev !== parent.dev;
}

function tmpfsOptions(): string {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const [sinceMajor, sinceMinor] = NOSWAP_SINCE;
  const knows = major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
  return knows ? 'mode=0777,noswap' : 'mode=0777';
}
