import type { ContainerdLayout } from './layout.ts';
import { toml } from './toml.ts';

/**
 * Plugins that cost start time or memory and serve nothing here. Some have another name from
 * containerd 2.0 on; names that a release does not know disable nothing.
 */
const DISABLED_PLUGINS = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.differ.v1.erofs',
  'io.containerd.internal.v1.restart',
  'io.containerd.monitor.container.v1.restart',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.monitor.v1.cgroups',
  'io.containerd.monitor.task.v1.cgroups',
];

/**
 * The share of time that collecting garbage may take, from which containerd makes the interval at
 * which it looks for deletions, day and night. By default that is a look every 40 ms, and most of an
 * idle node's CPU; removing an image does not wait for it.
 */
const GC_TIME_SHARE = 0.001;

/** What differs from machine to machine. */
export interface ContainerdOptions {
  readonly sandboxImage: string;
  readonly snapshotter: 'overlayfs' | 'native';
  /** Without CAP_SYS_RESOURCE a container's OOM score cannot go below the node's own. */
  readonly restrictOomScore: boolean;
  /** Folder of the CNI plugins. */
  readonly cniPlugins: string;
}

/**
 * The text of containerd's config.toml, version 2: the newest that containerd 1.6 reads. Later ones
 * read it too, and translate it at each start.
 */
export function containerdConfig(layout: ContainerdLayout, options: ContainerdOptions): string {
  return toml({
    version: 2,
    root: layout.root,
    state: layout.state,
    temp: layout.temporary,
    disabled_plugins: DISABLED_PLUGINS,
    grpc: { address: layout.socket },
    debug: { level: 'warn' },
    plugins: {
      'io.containerd.grpc.v1.cri': criConfig(layout, options),
      'io.containerd.metadata.v1.bolt': { content_sharing_policy: 'shared' },
      'io.containerd.gc.v1.scheduler': { pause_threshold: GC_TIME_SHARE },
      // On from containerd 2.0: its socket and its plugins' folder are the whole machine's.
      'io.containerd.nri.v1.nri': { disable: true },
    },
  });
}

function criConfig(layout: ContainerdLayout, options: ContainerdOptions) {
  return {
    sandbox_image: options.sandboxImage,
    restrict_oom_score_adj: options.restrictOomScore,
    disable_apparmor: false,
    // Proa reads statistics from cgroups itself; collecting snapshots' sizes keeps a disk busy.
    stats_collect_period: 3600,
    // Under the state folder they go with it; under /var/run/netns they would be left behind.
    netns_mounts_under_state_dir: true,
    enable_unprivileged_ports: true,
    enable_unprivileged_icmp: true,
    cni: { bin_dir: options.cniPlugins, conf_dir: layout.cniConfig, max_conf_num: 1 },
    containerd: {
      snapshotter: options.snapshotter,
      default_runtime_name: 'runc',
      // Layers are kept unpacked only: an image is not pushed from a node.
      discard_unpacked_layers: false,
      runtimes: {
        runc: {
          runtime_type: 'io.containerd.runc.v2',
          options: { SystemdCgroup: false, Root: layout.runcRoot },
        },
      },
    },
    registry: { config_path: layout.hosts },
  };
}
