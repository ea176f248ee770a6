import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One tree of control groups and the controllers that are set and read in it. */
export interface Hierarchy {
  readonly mount: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
}

/**
 * The machine's trees: one for all with cgroups v2, one a controller (or a few) with v1, and both
 * side by side on a hybrid host, where each controller is in exactly one of them.
 */
export type CgroupLayout = readonly Hierarchy[];

/**
 * The trees that `mounts` (the text of /proc/mounts) names.
 *
 * @param controllersAt the text of cgroup.controllers of a v2 tree
 */
export function parseCgroupLayout(
  mounts: string,
  controllersAt: (mount: string) => string,
): CgroupLayout {
  const found: Hierarchy[] = [];
  for (const line of mounts.split('\n')) {
    const [, mount = '', type, options = ''] = line.split(' ');
    // What is mounted a second time elsewhere is the same tree.
    if (type === 'cgroup2' && !found.some(({ version }) => version === 2)) {
      found.push({ mount, version: 2, controllers: words(controllersAt(mount), ' ') });
    }
    if (type !== 'cgroup') continue;
    const controllers = words(options, ',').filter((option) => !MOUNT_OPTIONS.test(option));
    const [first] = controllers;
    const isKnown = found.some(
      (other) => first !== undefined && other.version === 1 && other.controllers.includes(first),
    );
    if (!isKnown) found.push({ mount, version: 1, controllers });
  }
  return found;
}

/** Options of a mount that are not controllers. */
const MOUNT_OPTIONS =
  /^(rw|ro|nosuid|nodev|noexec|relatime|noatime|seclabel|xattr|clone_children)$/;

function words(text: string, separator: string): string[] {
  return text
    .trim()
    .split(separator)
    .filter((word) => word !== '');
}

/** The tree in which `controller` is; undefined where the kernel has it switched off. */
export function hierarchyOf(layout: CgroupLayout, controller: string): Hierarchy | undefined {
  return layout.find(({ controllers }) => controllers.includes(controller));
}

/** The layout of this machine. */
export function machineCgroupLayout(): CgroupLayout {
  return parseCgroupLayout(read('/proc/mounts'), (mount) =>
    read(join(mount, 'cgroup.controllers')),
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
