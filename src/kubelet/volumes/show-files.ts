import type { Volume } from '../../generated/types.ts';
import type { ProjectedContent } from '../edges.ts';
import type { MountedVolume, VolumeContext } from './volume-type.ts';

/** Makes a volume show `content`, to the pod's fsGroup if it has one. Containers only read it. */
export async function showFiles(
  volume: Volume,
  { pod, node }: VolumeContext,
  content: Omit<ProjectedContent, 'fsGroup'>,
): Promise<MountedVolume> {
  const { fsGroup } = pod.spec.securityContext ?? {};
  const { uid = '' } = pod.metadata;
  const path = await node.edges.files.projectFiles(uid, volume.name, { ...content, fsGroup });
  return { path, readOnly: true };
}
