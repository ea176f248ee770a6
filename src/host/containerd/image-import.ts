import { runUnpreferred } from '../command.ts';
import { CRI_NAMESPACE } from '../cri/containerd-messages.ts';
import type { ContainerdLayout } from './layout.ts';

/**
 * Imports the images of a tar as `docker save`, `podman save`, `ctr images export` or an OCI
 * layout have them, for this machine's platform. Short names become those of docker.io, as on a
 * pull. Answers the images' full names.
 *
 * @throws CommandError in ctr's words when the file is no such archive
 */
export async function importImage(layout: ContainerdLayout, file: string): Promise<string[]> {
  const args = ['--address', layout.socket, '--namespace', CRI_NAMESPACE];
  const output = await runUnpreferred('ctr', [...args, 'images', 'import', file]);
  return importedNames(output);
}

/**
 * Reads the lines `unpacking NAME (DIGEST)...done`, and those that ctr has since containerd 2.0, of
 * which it may write one again as it goes on: `NAME saved`.
 */
export function importedNames(output: string): string[] {
  const lines = /^(?:unpacking (\S+) \(sha256:[0-9a-f]+\)|(\S+)\s+saved\s*$)/gm;
  const names = [...output.matchAll(lines)].map(([, unpacked, saved]) => unpacked ?? saved!);
  return [...new Set(names)];
}
