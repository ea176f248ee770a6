import type { Volume } from '../../generated/types.ts';
import { emptyDir } from './empty-dir.ts';
import { hostPath } from './host-path.ts';
import { MountError, type VolumeContext, type VolumeType } from './volume-type.ts';

/** By the field of a Volume that names its source. */
const TYPES: Readonly<Record<string, VolumeType>> = { emptyDir, hostPath };

/**
 * Mounts a pod's volumes in order and answers their paths on the node by volume name. Safe to
 * repeat.
 *
 * @throws MountError with upstream's text when one cannot be mounted
 */
export async function mountVolumes(context: VolumeContext): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const volume of context.pod.spec.volumes ?? []) {
    const prefix = `MountVolume.SetUp failed for volume "${volume.name}" : `;
    try {
      const { path } = await typeOf(volume).mount(volume, context);
      paths.set(volume.name, path);
    } catch (error) {
      if (error instanceof MountError) throw new MountError(prefix + error.message);
      throw error;
    }
  }
  return paths;
}

function typeOf(volume: Volume): VolumeType {
  const source = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  const type = TYPES[source];
  if (type !== undefined) return type;
  throw new MountError(`volumes of type ${source} are not supported by this node`);
}
