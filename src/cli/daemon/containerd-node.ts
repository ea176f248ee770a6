import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Tracer } from '../../base/tracer.ts';
import { machineCgroupLayout } from '../../host/cgroups/cgroup-layout.ts';
import { HostCgroups } from '../../host/cgroups/host-cgroups.ts';
import { ContainerHost } from '../../host/containerd/container-host.ts';
import { parseMirror } from '../../host/containerd/mirrors.ts';
import { HostDiskReserve } from '../../host/disk-reserve.ts';
import { hostMachine } from '../../host/machine.ts';
import { HostNodePaths } from '../../host/node-paths/node-paths.ts';
import { HostPodFiles } from '../../host/pod-files/host-pod-files.ts';
import { hostPodIds } from '../../host/pod-ids.ts';
import { hostProber } from '../../host/prober/host-prober.ts';
import { HostUsage } from '../../host/usage/host-usage.ts';
import { HostVolumeFolders } from '../../host/volume-folders.ts';
import { PODS_MAX } from '../../kubelet/node-object.ts';
import { KUBERNETES_VERSION } from '../../version.ts';
import type { ClusterSettings } from '../cluster-file.ts';
import type { Home } from '../home.ts';
import type { NodeHost } from './node-host.ts';
import { stopPods } from './stop-pods.ts';

/** What runs the containers of the cluster in `home`. Touches nothing yet. */
export function containerHost(
  home: Home,
  settings: ClusterSettings,
  clock: Clock,
  log: Log,
  tracer?: Tracer,
): ContainerHost {
  const { podCidr, registryMirrors } = settings;
  const mirrors = registryMirrors.map(parseMirror);
  return new ContainerHost({
    home: home.folder,
    podCidr,
    clusterCidr: podCidr,
    mirrors,
    clock,
    log,
    tracer,
  });
}

/** The node on this machine. */
export function containerdNode(
  home: Home,
  settings: ClusterSettings,
  clock: Clock,
  log: Log,
  tracer: Tracer,
): NodeHost {
  const ownLog = log.with({ component: 'containerd' });
  const host = containerHost(home, settings, clock, ownLog, tracer);
  // The host outlives the cluster's own signal: stopping pods needs it to the last.
  const ended = new AbortController();
  const { runtime } = host;
  const files = new HostPodFiles(home.folder, clock);
  const cgroups = new HostCgroups(machineCgroupLayout());
  const leave = (): Promise<void> => {
    ended.abort();
    files.close();
    return host.stop();
  };
  const [major, minor] = KUBERNETES_VERSION.slice(1).split('.');
  return {
    runtime,
    edges: {
      machine: hostMachine(home.folder),
      prober: hostProber(`${major}.${minor}`),
      files,
      paths: new HostNodePaths(home.folder),
      cgroups,
      usage: new HostUsage(home.folder, cgroups, (id) => host.writableLayer(id)),
      reserve: new HostDiskReserve(home.folder),
      podIds: () => hostPodIds(PODS_MAX),
      cgroupParent: host.cgroupRoot,
    },
    volumeFolders: new HostVolumeFolders(home.folder),
    async start() {
      await host.start(ended.signal);
    },
    async stop() {
      await stopPods(host.runtime, clock, log);
      await leave();
    },
    leave,
    pids(): Record<string, number> {
      const { pid } = host;
      return pid === null ? {} : { containerd: pid };
    },
  };
}
