import { runUnpreferred } from '../command.ts';
import { CRI_NAMESPACE } from '../cri/containerd-messages.ts';
import type { ContainerdLayout } from './layout.ts';

/** From this release on, ctr leaves imports to containerd, and then cuts long names in its output. */
const LOCAL_SINCE_MAJOR = 2;

/**
 * Imports the images of a tar as `docker save`, `podman save`, `ctr images export` or an OCI
 * layout have them, for this machine's platform. Short names become those of docker.io, as on a
 * pull. Answers the images' full names.
 *
 * @throws CommandError in ctr's words when the file is no such archive
 */
export async function importImage(layout: ContainerdLayout, file: string): Promise<string[]> {
  const version = await runUnpreferred('ctr', ['--version']);
  return importedNames(await importTar(layout, file, importOptions(version)));
}

/**
 * Does the import alone; answers what ctr says.
 *
 * @throws CommandError in ctr's words when the file is no such archive
 */
export function importTar(
  layout: ContainerdLayout,
  file: string,
  options: readonly string[],
): Promise<string> {
  const args = ['--address', layout.socket, '--namespace', CRI_NAMESPACE, 'images', 'import'];
  return runUnpreferred('ctr', [...args, ...options, file]);
}

/**
 * What makes a release of ctr do the import itself.
 *
 * @param version as `ctr --version` says it
 */
export function importOptions(version: string): string[] {
  const major = Number(/ v?(\d+)\.\d+\.\d+/.exec(version)?.[1] ?? 0);
  return major >= LOCAL_SINCE_MAJOR ? ['--local'] : [];
}

/** Reads `unpacking NAME (DIGEST)...done` lines. */
export function importedNames(output: string): string[] {
  return [...output.matchAll(/^unpacking (\S+) \(sha256:[0-9a-f]+\)/gm)].map((match) => match[1]!);
}
