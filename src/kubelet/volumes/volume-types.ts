import type { Volume } from '../../generated/types.ts';
import { configMap } from './config-map.ts';
import { downwardAPI } from './downward-api.ts';
import { emptyDir } from './empty-dir.ts';
import { hostPath } from './host-path.ts';
import { ephemeral, persistentVolumeClaim } from './persistent-volume.ts';
import { projected } from './projected.ts';
import { secret } from './secret.ts';
import { MountError, type VolumeType } from './volume-type.ts';

/** By the field of a Volume that names its source. */
const TYPES: Readonly<Record<string, VolumeType>> = {
  configMap,
  downwardAPI,
  emptyDir,
  ephemeral,
  hostPath,
  persistentVolumeClaim,
  projected,
  secret,
};

/** The type of a volume. One that this node does not know refuses to be mounted. */
export function volumeTypeOf(volume: Volume): VolumeType {
  const source = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  return TYPES[source] ?? unsupported(source);
}

function unsupported(source: string): VolumeType {
  const message = `volumes of type ${source} are not supported by this node`;
  return { mount: () => Promise.reject(new MountError(message)) };
}
