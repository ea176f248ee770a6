import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * Where everything of one cluster's containerd lies. What must outlive a reboot is under the
 * home folder; the rest is in a short folder under /run, since a unix socket's path has at most
 * 107 bytes and a home may be long.
 */
export interface ContainerdLayout {
  /** Eight hexadecimal digits of the home's path: several clusters run side by side. */
  readonly id: string;
  readonly folder: string;
  readonly config: string;
  readonly root: string;
  readonly temporary: string;
  readonly hosts: string;
  readonly cniConfig: string;
  readonly ipam: string;
  readonly processFile: string;
  readonly log: string;
  /** Emptied at every boot. */
  readonly state: string;
  readonly socket: string;
  readonly runcRoot: string;
  readonly fifos: string;
  readonly hostPorts: string;
  /** At most 15 characters, as every link. */
  readonly bridge: string;
}

/** @param home absolute path of the cluster's folder */
export function containerdLayout(home: string): ContainerdLayout {
  const id = createHash('sha256').update(home).digest('hex').slice(0, 8);
  const folder = join(home, 'containerd');
  const state = `/run/proa-${id}`;
  return {
    id,
    folder,
    config: join(folder, 'config.toml'),
    root: join(folder, 'root'),
    temporary: join(folder, 'tmp'),
    hosts: join(folder, 'hosts'),
    cniConfig: join(folder, 'cni'),
    ipam: join(folder, 'ipam'),
    processFile: join(folder, 'process.json'),
    log: join(home, 'logs', 'containerd.log'),
    state: join(state, 'state'),
    socket: join(state, 'containerd.sock'),
    runcRoot: join(state, 'runc'),
    fifos: join(state, 'exec'),
    hostPorts: join(state, 'host-ports'),
    bridge: `proa${id}`,
  };
}
