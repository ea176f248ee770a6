import type { ConfigMapProjection } from '../../generated/types.ts';
import type { ProjectedFile } from '../edges.ts';
import { keyFiles } from './key-files.ts';
import { readConfig } from './read-config.ts';
import { showFiles } from './show-files.ts';
import type { VolumeContext, VolumeType } from './volume-type.ts';

/** The files of a ConfigMap. */
export const configMap: VolumeType = {
  async mount(volume, context) {
    const { defaultMode = 0o644, ...source } = volume.configMap ?? {};
    const files = await configMapFiles(source, defaultMode, context);
    return showFiles(volume, context, { plugin: 'configmap', inMemory: false, files });
  },
  refs: ({ configMap: { name = '' } = {} }, namespace) => [
    { resource: 'configmaps', namespace, name },
  ],
};

/** @throws MountError when it or a selected key is missing */
export async function configMapFiles(
  source: ConfigMapProjection,
  defaultMode: number,
  context: VolumeContext,
): Promise<Map<string, ProjectedFile>> {
  const { name = '', items, optional } = source;
  const found = await readConfig('configmaps', name, optional ?? false, context);
  const values = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found?.data ?? {})) values.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(found?.binaryData ?? {})) {
    values.set(key, Buffer.from(base64, 'base64'));
  }
  const problem = 'configmap references non-existent config key';
  return keyFiles(values, { items, optional, defaultMode }, problem);
}
