import type { Clock } from '../../base/clock.ts';
import type { Prng } from '../../base/prng.ts';
import { SimCgroups } from '../../sim/cgroups.ts';
import { SimDiskReserve } from '../../sim/disk-reserve.ts';
import { simFiles } from '../../sim/files.ts';
import { anyImage, KNOWN_IMAGES } from '../../sim/images.ts';
import { simMachine } from '../../sim/machine.ts';
import { simNodePaths } from '../../sim/node-paths.ts';
import { simProber } from '../../sim/prober.ts';
import { SimRuntime } from '../../sim/runtime.ts';
import { SimUsage } from '../../sim/usage.ts';
import { SimVolumeFolders } from '../../sim/volume-folders.ts';
import type { ClusterSettings } from '../cluster-file.ts';
import type { NodeHost } from './node-host.ts';

/** A node whose containers are scripts: for systems without containerd, and without root. */
export function simNode(settings: ClusterSettings, clock: Clock, prng: Prng): NodeHost {
  const podNetwork = settings.podCidr.split('.').slice(0, 3).join('.');
  const runtime = new SimRuntime({
    clock,
    prng,
    images: KNOWN_IMAGES,
    otherImage: anyImage,
    podNetwork,
  });
  // Simulated processes end with this one: the timers of one that sleeps would keep it alive.
  const end = async () => {
    for (const { id } of await runtime.listSandboxes()) await runtime.stopSandbox(id);
  };
  return {
    runtime,
    edges: {
      machine: simMachine({ hostname: settings.nodeName }),
      prober: simProber(runtime, clock),
      files: simFiles(runtime.disk),
      paths: simNodePaths(runtime.disk),
      cgroups: new SimCgroups(),
      usage: new SimUsage(),
      reserve: new SimDiskReserve(),
      cgroupParent: '/proa',
    },
    volumeFolders: new SimVolumeFolders(runtime.disk),
    start: () => Promise.resolve(),
    stop: end,
    leave: end,
    pids: () => ({}),
  };
}
