import { readFile, writeFile } from 'node:fs/promises';
import { imageArchive } from '../../src/host/pause-image/oci-image.ts';
import type { BuiltImage } from './build.ts';
import { defaultCacheFolder, ImageCache } from './image-cache.ts';

/**
 * Writes an image as an archive such as `docker save` makes, for `proa image load`.
 *
 * @throws when the image's blobs are not in the cache any more
 */
export async function saveTar(
  image: BuiltImage,
  file: string,
  cacheFolder = defaultCacheFolder(),
): Promise<void> {
  const cache = new ImageCache(cacheFolder);
  const read = ({ digest }: { digest: string }) => readFile(cache.blobFile(digest));
  const layers = await Promise.all(image.layers.map(read));
  const archive = imageArchive(
    image.name,
    {
      layers: image.layers,
      config: { ...image.config, content: await read(image.config) },
      manifest: { ...image.manifest, content: await read(image.manifest) },
    },
    layers,
  );
  await writeFile(file, archive);
}
