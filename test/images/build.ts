import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageArchitecture } from '../../src/host/pause-image/elf-program.ts';
import {
  type Descriptor,
  type LayerDescriptor,
  ociImage,
} from '../../src/host/pause-image/oci-image.ts';
import { buildLayer, readSource } from './build-layer.ts';
import { fetchPackages } from './debian-packages.ts';
import { defaultCacheFolder, ImageCache } from './image-cache.ts';
import { IMAGES } from './image-definitions.ts';
import { fullImageName } from './image-name.ts';
import { LAYERS, type LayerDefinition, type LayerName, NEVER_KEPT } from './layer-definitions.ts';

/** A finished image; its blobs lie in the cache under their digests. */
export type BuiltImage = {
  /** Full name, `docker.io/library/python:2.7-alpine`. */
  name: string;
  manifest: Descriptor;
  config: Descriptor;
  layers: Descriptor[];
};

/**
 * Builds all test images into a cache, or finds them there: whatever an image is made from is
 * part of its key. The first build downloads some 30 MB of Debian packages.
 *
 * @param folder the cache; node_modules/.cache/proa-test-images when absent, or what the variable
 *   PROA_TEST_IMAGES_CACHE names
 * @throws when a package cannot be had
 */
export async function buildImages(folder = defaultCacheFolder()): Promise<BuiltImage[]> {
  const cache = new ImageCache(folder);
  const architecture = nodeArchitecture();
  const key = `images-${await sourcesDigest(architecture)}`;
  const kept = await cache.readRecord<BuiltImage[]>(key);
  if (kept?.every((image) => blobsOf(image).every(({ digest }) => cache.hasBlob(digest)))) {
    return kept;
  }
  const layers = await buildLayers(cache);
  const images: BuiltImage[] = [];
  for (const definition of IMAGES) {
    const image = ociImage(
      architecture,
      definition.run,
      definition.layers.map((name) => layers.get(name)!),
    );
    const { content: config, ...configDescriptor } = image.config;
    const { content: manifest, ...manifestDescriptor } = image.manifest;
    await cache.writeBlob(configDescriptor.digest, config);
    await cache.writeBlob(manifestDescriptor.digest, manifest);
    images.push({
      name: fullImageName(definition.name),
      manifest: manifestDescriptor,
      config: configDescriptor,
      layers: image.layers,
    });
  }
  await cache.writeRecord(key, images);
  return images;
}

/** Every blob an image is made of, its manifest last. */
function blobsOf(image: BuiltImage): Descriptor[] {
  return [...image.layers, image.config, image.manifest];
}

async function buildLayers(cache: ImageCache): Promise<Map<LayerName, LayerDescriptor>> {
  const definitions = Object.entries(LAYERS) as [LayerName, LayerDefinition][];
  const packages = new Set(definitions.flatMap(([, definition]) => definition.packages ?? []));
  const archives = await fetchPackages([...packages], cache.packagesFolder());
  const built = definitions.map(async ([name, definition]) => {
    const key = `layer-${await layerDigest(definition, archives)}`;
    const kept = await cache.readRecord<LayerDescriptor>(key);
    if (kept !== undefined && cache.hasBlob(kept.digest)) return [name, kept] as const;
    const { content, ...descriptor } = await buildLayer(definition, archives);
    await cache.writeBlob(descriptor.digest, content);
    await cache.writeRecord(key, descriptor);
    return [name, descriptor] as const;
  });
  return new Map(await Promise.all(built));
}

/** The digest of what one layer follows from, so that a change of one rebuilds only that one. */
async function layerDigest(
  definition: LayerDefinition,
  archives: ReadonlyMap<string, string>,
): Promise<string> {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify(definition, (_key, value) => (value instanceof RegExp ? value.source : value)),
  );
  hash.update(NEVER_KEPT.source);
  for (const name of definition.packages ?? []) hash.update(basename(archives.get(name)!));
  for (const { from } of Object.values(definition.files ?? {})) {
    hash.update(await readSource(from));
  }
  for (const source of ['layer.ts', 'build-layer.ts', 'debian-packages.ts']) {
    hash.update(await readFile(new URL(source, import.meta.url)));
  }
  return hash.digest('hex');
}

/** This machine's architecture by its name in images. Throws for others than x64 and arm64. */
function nodeArchitecture(): ImageArchitecture {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`Cannot build test images on ${process.arch}: must be x64 or arm64`);
}

/** The digest of everything the images follow from but the packages, whose versions may move. */
async function sourcesDigest(architecture: ImageArchitecture): Promise<string> {
  const hash = createHash('sha256').update(architecture);
  const folders = ['.', './files', '../../src/host/pause-image'];
  for (const folder of folders) {
    const url = new URL(`${folder}/`, import.meta.url);
    const names = (await readdir(url)).filter((name) => /\.(ts|py|sh|conf|cnf)$/.test(name));
    for (const name of names.filter((file) => !file.endsWith('.test.ts')).sort()) {
      hash.update(name).update(await readFile(new URL(name, url)));
    }
  }
  return hash.digest('hex');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const images = await buildImages();
  for (const image of images) {
    const bytes = image.layers.reduce((sum, layer) => sum + layer.size, 0);
    console.log(`${image.name} ${image.manifest.digest} ${(bytes / 1e6).toFixed(1)} MB`);
  }
}
