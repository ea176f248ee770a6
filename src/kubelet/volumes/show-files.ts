import type { Volume } from '../../generated/types.ts';
import type { ProjectedContent, ProjectedFile } from '../edges.ts';
import { MountError, type MountedVolume, type VolumeContext } from './volume-type.ts';

/**
 * Makes a volume show `content`, to the pod's fsGroup if it has one. Containers only read it.
 *
 * @throws MountError for a path that names no file
 */
export async function showFiles(
  volume: Volume,
  { pod, node }: VolumeContext,
  content: Omit<ProjectedContent, 'fsGroup'>,
): Promise<MountedVolume> {
  const { fsGroup } = pod.spec.securityContext ?? {};
  const { uid = '' } = pod.metadata;
  const files = atPlainPaths(content.files);
  const shown = { ...content, files, fsGroup };
  const path = await node.edges.files.projectFiles(uid, volume.name, shown);
  return { path, readOnly: true };
}

/** The API takes `./a//b` for `a/b`, and never `..`. */
function atPlainPaths(files: ReadonlyMap<string, ProjectedFile>): Map<string, ProjectedFile> {
  const plain = new Map<string, ProjectedFile>();
  for (const [path, file] of files) {
    const steps = path.split('/').filter((step) => step !== '' && step !== '.');
    if (steps.length === 0) throw new MountError(`invalid path: ${path} names no file`);
    plain.set(steps.join('/'), file);
  }
  return plain;
}
