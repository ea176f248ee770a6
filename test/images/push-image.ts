import { readFile } from 'node:fs/promises';
import type { BuiltImage } from './build.ts';
import type { ImageCache } from './image-cache.ts';
import { parseImageName } from './image-name.ts';

/**
 * Pushes an image to a registry over its HTTP API (OCI distribution specification), under the
 * path that a mirror of the image's own registry has: docker.io/library/nginx:latest becomes
 * library/nginx:latest.
 *
 * @param pushed repositories by the digests of blobs they hold; asked before a blob is sent, and
 *   added to
 * @throws when the registry refuses something
 */
export async function pushImage(
  registryUrl: string,
  image: BuiltImage,
  cache: ImageCache,
  pushed: Map<string, string>,
): Promise<void> {
  const { repository, tag } = parseImageName(image.name);
  const base = `${registryUrl}/v2/${repository}`;
  for (const { digest } of [...image.layers, image.config]) {
    const holder = pushed.get(digest);
    // A blob the registry has already is linked into this repository instead of sent again.
    const mount = holder === undefined ? '' : `?mount=${digest}&from=${holder}`;
    const start = await send('POST', `${base}/blobs/uploads/${mount}`, [201, 202]);
    if (start.status === 202) {
      const upload = new URL(start.headers.get('location')!, registryUrl);
      upload.searchParams.set('digest', digest);
      const content = await readFile(cache.blobFile(digest));
      await send('PUT', upload.href, [201], content, 'application/octet-stream');
    }
    pushed.set(digest, repository);
  }
  const manifest = await readFile(cache.blobFile(image.manifest.digest));
  await send('PUT', `${base}/manifests/${tag}`, [201], manifest, image.manifest.mediaType);
}

async function send(
  method: string,
  url: string,
  expected: number[],
  body?: Buffer,
  contentType?: string,
): Promise<Response> {
  const headers: Record<string, string> = {};
  if (contentType !== undefined) headers['Content-Type'] = contentType;
  const response = await fetch(url, {
    method,
    headers,
    body: body === undefined ? null : new Uint8Array(body),
  });
  const text = await response.text();
  if (!expected.includes(response.status)) {
    throw new Error(`Cannot push: ${method} ${url} answered ${response.status} ${text}`);
  }
  return response;
}
