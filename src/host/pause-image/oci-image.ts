import { createHash } from 'node:crypto';
import type { ImageArchitecture } from './elf-program.ts';
import { ustarArchive } from './ustar.ts';

const MANIFEST_MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const CONFIG_MEDIA_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
// Images are built from the same input to the same bytes, so they carry no build time.
const CREATED = '1970-01-01T00:00:00Z';

/** How containers of an image start (OCI image specification, `config` of the configuration). */
export type ImageRunConfig = {
  Entrypoint?: string[];
  Cmd?: string[];
  Env?: string[];
  User?: string;
  WorkingDir?: string;
  StopSignal?: string;
  ExposedPorts?: Record<string, object>;
  Labels?: Record<string, string>;
};

/** Points at a blob by its content. */
export type Descriptor = { mediaType: string; digest: string; size: number };

/** One compressed layer: where it is, and the digest of what it unpacks to. */
export type LayerDescriptor = { digest: string; size: number; diffId: string };

/** An image but for its layers: the two JSON blobs that name them. */
export type OciImage = {
  config: Descriptor & { content: Buffer };
  manifest: Descriptor & { content: Buffer };
  layers: Descriptor[];
};

/** The digest of a blob as registries write it, `sha256:` and 64 hexadecimal digits. */
export function blobDigest(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Writes the configuration and the manifest of an image with these layers, lowest first. */
export function ociImage(
  architecture: ImageArchitecture,
  run: ImageRunConfig,
  layers: readonly LayerDescriptor[],
): OciImage {
  const config = jsonBlob(CONFIG_MEDIA_TYPE, {
    created: CREATED,
    architecture,
    os: 'linux',
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: CREATED })),
  });
  const descriptors = layers.map(({ digest, size }) => ({
    mediaType: LAYER_MEDIA_TYPE,
    digest,
    size,
  }));
  const { content: _content, ...configDescriptor } = config;
  const manifest = jsonBlob(MANIFEST_MEDIA_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_MEDIA_TYPE,
    config: configDescriptor,
    layers: descriptors,
  });
  return { config, manifest, layers: descriptors };
}

/**
 * Packs one image as an archive that `ctr images import` and `docker load` read: an OCI layout
 * with docker's own index beside it, as `docker save` writes since version 25.
 *
 * @param name full name with registry and tag, `registry.k8s.io/pause:3.10`
 * @param layers contents of the layer blobs, in the image's order
 */
export function imageArchive(name: string, image: OciImage, layers: readonly Buffer[]): Buffer {
  const { content: manifest, ...manifestDescriptor } = image.manifest;
  const index = {
    schemaVersion: 2,
    mediaType: INDEX_MEDIA_TYPE,
    manifests: [
      {
        ...manifestDescriptor,
        annotations: {
          'io.containerd.image.name': name,
          'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
        },
      },
    ],
  };
  const dockerIndex = [
    {
      Config: blobPath(image.config.digest),
      RepoTags: [name],
      Layers: image.layers.map((layer) => blobPath(layer.digest)),
    },
  ];
  const blobs = new Map([
    [image.manifest.digest, manifest],
    [image.config.digest, image.config.content],
    ...image.layers.map((layer, n): [string, Buffer] => [layer.digest, layers[n]!]),
  ]);
  return ustarArchive([
    { name: 'oci-layout', content: jsonBytes({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', content: jsonBytes(index) },
    { name: 'manifest.json', content: jsonBytes(dockerIndex) },
    { name: 'blobs/' },
    { name: 'blobs/sha256/' },
    ...[...blobs].map(([digest, content]) => ({ name: blobPath(digest), content })),
  ]);
}

function jsonBlob(mediaType: string, value: object): Descriptor & { content: Buffer } {
  const content = jsonBytes(value);
  return { mediaType, digest: blobDigest(content), size: content.length, content };
}

function jsonBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
