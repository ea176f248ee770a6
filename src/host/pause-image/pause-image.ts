import { gzipSync } from 'node:zlib';
import type { ImageArchitecture } from './elf-program.ts';
import { blobDigest, imageArchive, ociImage } from './oci-image.ts';
import { pauseProgram } from './pause-program.ts';
import { ustarArchive } from './ustar.ts';

/** The name upstream's image of this program carries; the node's sandboxes are made from it. */
export const PAUSE_IMAGE_NAME = 'registry.k8s.io/pause:3.10';

/**
 * The sandbox image as an archive for `ctr -n k8s.io images import`, about 5 KB. It is made on
 * the spot, so that a node starts its first pod without asking any registry; it runs as user
 * 65535 with the single file `/pause`, as upstream's does.
 */
export function pauseImageTar(architecture: ImageArchitecture): Buffer {
  const tar = ustarArchive([{ name: 'pause', mode: 0o755, content: pauseProgram(architecture) }]);
  const layer = gzipSync(tar);
  const image = ociImage(
    architecture,
    {
      Entrypoint: ['/pause'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      User: '65535:65535',
      WorkingDir: '/',
    },
    [{ digest: blobDigest(layer), size: layer.length, diffId: blobDigest(tar) }],
  );
  return imageArchive(PAUSE_IMAGE_NAME, image, [layer]);
}
