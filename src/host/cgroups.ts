import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const CGROUP_ROOT = '/sys/fs/cgroup';

/** The roots of all hierarchies: the unified one, or one a controller with cgroups v1. */
export function cgroupHierarchies(): string[] {
  if (existsSync(join(CGROUP_ROOT, 'cgroup.controllers'))) return [CGROUP_ROOT];
  return readdirSync(CGROUP_ROOT).map((name) => join(CGROUP_ROOT, name));
}

/** Removes a cgroup with all below it in every hierarchy. Those with processes in them stay. */
export function removeCgroups(path: string): void {
  for (const hierarchy of cgroupHierarchies()) removeTree(join(hierarchy, path));
}

function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch {
    // Busy: a process ended a moment ago, or somebody put one there.
  }
}
