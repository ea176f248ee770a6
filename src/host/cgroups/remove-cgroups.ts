import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupLayout, machineCgroupLayout } from './cgroup-layout.ts';

/** Removes a cgroup with all below it in every hierarchy. Those with processes in them stay. */
export function removeCgroups(path: string, layout: CgroupLayout = machineCgroupLayout()): void {
  for (const { mount } of layout) removeTree(join(mount, path));
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
