import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobDigest } from '../../src/host/pause-image/oci-image.ts';
import { buildImages } from '../images/build.ts';
import { IMAGES } from '../images/image-definitions.ts';
import { fullImageName, parseImageName } from '../images/image-name.ts';
import { startRegistry, type TestRegistry } from '../images/registry.ts';
import { saveTar } from '../images/save-tar.ts';

describe('startRegistry', () => {
  const controller = new AbortController();
  let registry: TestRegistry;
  let before: string[];

  const storageFolders = () => readdirSync(tmpdir()).filter((name) => /^proa-registry-/.test(name));

  beforeAll(async () => {
    before = storageFolders();
    registry = await startRegistry(controller.signal);
  });
  afterAll(async () => {
    controller.abort();
    await registry?.stopped;
  });

  it.each(IMAGES.map(({ name }) => name))(
    'serves %s where a mirror is asked for it',
    async (name) => {
      const { repository, tag } = parseImageName(name);
      const base = `${registry.url}/v2/${repository}`;
      const image = registry.images.find((candidate) => candidate.name === fullImageName(name))!;
      const answer = await fetch(`${base}/manifests/${tag}`, {
        headers: { Accept: image.manifest.mediaType },
      });
      expect(answer.headers.get('docker-content-digest')).toBe(image.manifest.digest);
      for (const { digest, size } of [...image.layers, image.config]) {
        const blob = await fetch(`${base}/blobs/${digest}`);
        const content = Buffer.from(await blob.arrayBuffer());
        expect([content.length, blobDigest(content)]).toEqual([size, digest]);
      }
    },
  );

  it('finds the same images in the cache the next time', async () => {
    expect(await buildImages()).toEqual(registry.images);
  });

  it('saves an image as an archive that holds its manifest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'proa-save-'));
    try {
      const image = registry.images[0]!;
      const file = join(folder, 'image.tar');
      await saveTar(image, file);
      const archive = await readFile(file);
      expect(archive.includes(image.manifest.digest.replace(':', '/'))).toBe(true);
      expect(archive.includes(image.name)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves neither process nor files when stopped', async () => {
    const own = storageFolders().filter((name) => !before.includes(name));
    controller.abort();
    await registry.stopped;
    await expect(fetch(`${registry.url}/v2/`)).rejects.toThrow();
    expect(own.some((name) => existsSync(join(tmpdir(), name)))).toBe(false);
  });
});
