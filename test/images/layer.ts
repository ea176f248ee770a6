import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { blobDigest, type LayerDescriptor } from '../../src/host/pause-image/oci-image.ts';

const compress = promisify(gzip);

/** What lies at one path of a layer. Owned by root unless said otherwise. */
export type LayerEntry =
  | { type: 'file'; mode: number; content: Buffer }
  | { type: 'symlink'; target: string }
  | { type: 'directory'; mode: number; uid?: number; gid?: number };

/** A finished layer: its compressed bytes and how an image refers to them. */
export type Layer = LayerDescriptor & { content: Buffer };

/**
 * Packs a layer. The folders above an entry are added where missing, entries are sorted and
 * carry no time, so the same entries give the same digest and images share the layer.
 *
 * @param entries by path below the root, without a leading slash
 */
export async function packLayer(entries: ReadonlyMap<string, LayerEntry>): Promise<Layer> {
  const all = new Map(entries);
  for (const path of entries.keys()) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (!all.has(folder)) all.set(folder, { type: 'directory', mode: 0o755 });
    }
  }
  const archive = pack();
  const bytes = collect(archive);
  // A folder's path is a prefix of what lies in it, so sorting puts the folder first.
  for (const [path, entry] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const common = { name: path, mtime: new Date(0), uname: '', gname: '' };
    if (entry.type === 'file') {
      archive.entry({ ...common, type: 'file', mode: entry.mode }, entry.content);
    } else if (entry.type === 'symlink') {
      archive.entry({ ...common, type: 'symlink', mode: 0o777, linkname: entry.target });
    } else {
      const { mode, uid = 0, gid = 0 } = entry;
      archive.entry({ ...common, type: 'directory', mode, uid, gid });
    }
  }
  archive.finalize();
  const tar = await bytes;
  const content = await compress(tar);
  return {
    content,
    digest: blobDigest(content),
    size: content.length,
    diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
  };
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
