import type { SecretProjection } from '../../generated/types.ts';
import type { ProjectedFile } from '../edges.ts';
import { keyFiles } from './key-files.ts';
import { readConfig } from './read-config.ts';
import { showFiles } from './show-files.ts';
import type { VolumeContext, VolumeType } from './volume-type.ts';

/** The files of a Secret, in memory only. */
export const secret: VolumeType = {
  async mount(volume, context) {
    const { defaultMode = 0o644, secretName, items, optional } = volume.secret ?? {};
    const source = { name: secretName, items, optional };
    const files = await secretFiles(source, defaultMode, context);
    return showFiles(volume, context, { plugin: 'secret', inMemory: true, files });
  },
  refs: (volume, namespace) => [
    { resource: 'secrets', namespace, name: volume.secret?.secretName ?? '' },
  ],
};

/** @throws MountError when it or a selected key is missing */
export async function secretFiles(
  source: SecretProjection,
  defaultMode: number,
  context: VolumeContext,
): Promise<Map<string, ProjectedFile>> {
  const { name = '', items, optional } = source;
  const found = await readConfig('secrets', name, optional ?? false, context);
  const values = new Map<string, Uint8Array>();
  for (const [key, base64] of Object.entries(found?.data ?? {})) {
    values.set(key, Buffer.from(base64, 'base64'));
  }
  const problem = 'references non-existent secret key';
  return keyFiles(values, { items, optional, defaultMode }, problem);
}
