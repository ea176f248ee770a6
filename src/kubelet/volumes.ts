import type { Pod, Volume } from '../generated/types.ts';
import { parseQuantity, wholeValue } from '../objects/quantity.ts';
import type { PodFiles } from './edges.ts';

/** A volume that cannot be mounted (yet): the text of the FailedMount event. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

/**
 * Mounts a pod's volumes and answers their paths on the node by volume name. Safe to repeat.
 *
 * @throws MountError with upstream's text when one cannot be mounted
 */
export async function mountVolumes(pod: Pod, files: PodFiles): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    paths.set(volume.name, await mount(pod, volume, files));
  }
  return paths;
}

async function mount(pod: Pod, volume: Volume, files: PodFiles): Promise<string> {
  const uid = pod.metadata.uid ?? '';
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  if (volume.emptyDir !== undefined) {
    const { medium = '', sizeLimit } = volume.emptyDir;
    return files.emptyDir(uid, volume.name, {
      medium,
      fsGroup: pod.spec.securityContext?.fsGroup,
      ...(sizeLimit === undefined ? {} : { sizeLimitBytes: wholeValue(parseQuantity(sizeLimit)) }),
    });
  }
  const source = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  throw new MountError(
    `MountVolume.SetUp failed for volume "${volume.name}" : ` +
      `volumes of type ${source} are not supported by this node`,
  );
}
