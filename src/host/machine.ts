import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import {
  arch,
  availableParallelism,
  hostname,
  networkInterfaces,
  release,
  totalmem,
} from 'node:os';
import type { Machine } from '../kubelet/edges.ts';
import { defaultLink } from './network/pod-network.ts';

/** Go's names of processor architectures, which nodes and images use. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  loong64: 'loong64',
};

/**
 * This machine as its node shows it. Memory and processors are those this process may use: in a
 * container, its limits.
 *
 * @param home the folder whose file system pods fill
 */
export function hostMachine(home: string): Machine {
  mkdirSync(home, { recursive: true });
  const disk = statfsSync(home);
  return {
    cpus: availableParallelism(),
    memoryBytes: Math.min(totalmem(), memoryLimitBytes()),
    ephemeralStorageBytes: disk.blocks * disk.bsize,
    hostname: hostname().toLowerCase(),
    internalIp: internalIp(),
    machineId: firstText(['/etc/machine-id', '/var/lib/dbus/machine-id']),
    systemUuid: firstText(['/sys/class/dmi/id/product_uuid', '/etc/machine-id']),
    bootId: firstText(['/proc/sys/kernel/random/boot_id']),
    kernelVersion: release(),
    osImage: osImage(firstText(['/etc/os-release', '/usr/lib/os-release'])),
    operatingSystem: process.platform,
    architecture: ARCHITECTURES[arch()] ?? arch(),
    modules: {
      appArmor: firstText(['/sys/module/apparmor/parameters/enabled']) === 'Y',
      seLinux: firstText(['/sys/fs/selinux/enforce']) !== '',
    },
  };
}

/** The name of the system in os-release(5): `Debian GNU/Linux 12 (bookworm)`. */
export function osImage(osRelease: string): string {
  const value = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1] ?? '';
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(value);
  const name = quoted === null ? value : (quoted[1] ?? quoted[2] ?? '');
  return name.replace(/\\(["$`\\])/g, '$1') || process.platform;
}

/** Address of the default route's link, else of any link, else of the loopback. */
function internalIp(): string {
  const links = networkInterfaces();
  const byRoute = links[defaultLink(firstText(['/proc/net/route'])) ?? ''] ?? [];
  const others = Object.values(links).flatMap((addresses) => addresses ?? []);
  const outside = [...byRoute, ...others].filter((address) => !address.internal);
  const found = outside.find((address) => address.family === 'IPv4') ?? outside[0];
  return found?.address ?? '127.0.0.1';
}

/** The memory limit of this process's own machine or container; infinite without one. */
function memoryLimitBytes(): number {
  const files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];
  const limit = Number(firstText(files));
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

/** The text of the first of these files that can be read and is not empty. */
function firstText(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      const text = readFileSync(path, 'utf8').trim();
      if (text !== '') return text;
    } catch {
      // Not on every machine.
    }
  }
  return '';
}
