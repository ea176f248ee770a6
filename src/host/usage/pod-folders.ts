import { join } from 'node:path';
import type { PodDisk } from '../../kubelet/edges.ts';

interface PodFolders {
  readonly volumes: ReadonlyMap<string, string>;
  readonly layers: ReadonlyMap<string, string>;
  readonly logs: ReadonlyMap<string, string>;
}

/**
 * Where the parts of a pod lie on the disk.
 *
 * @param uppers where containers' writes go, by their ids
 */
export function podFolders(
  home: string,
  uppers: ReadonlyMap<string, string>,
): (disk: PodDisk) => PodFolders {
  return ({ pod, volumes, containers }) => {
    const own = join(home, 'pods', pod.uid, 'volumes', 'kubernetes.io~empty-dir');
    const logs = join(home, 'logs', 'pods', `${pod.namespace}_${pod.name}_${pod.uid}`);
    return {
      volumes: new Map(volumes.map((name) => [name, join(own, name)])),
      layers: new Map(
        containers.flatMap(({ name, id }) => {
          const upper = uppers.get(id);
          return upper === undefined ? [] : [[name, upper] as const];
        }),
      ),
      logs: new Map(containers.map(({ name }) => [name, join(logs, name)])),
    };
  };
}

/** The writable layer of each container by its id: the upper folder of its overlay mount. */
export function upperFolders(mountInfo: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of mountInfo.split('\n')) {
    const [, , , , point = ''] = line.split(' ');
    const id = /\/([0-9a-f]{64})\/rootfs$/.exec(point)?.[1];
    const upper = /[ ,]upperdir=([^, ]+)/.exec(line)?.[1];
    if (id !== undefined && upper !== undefined) found.set(id, upper);
  }
  return found;
}
