import { gunzipSync } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { blobDigest } from '../../src/host/pause-image/oci-image.ts';
import { type LayerEntry, packLayer } from './layer.ts';

async function headers(content: Buffer): Promise<Header[]> {
  const found: Header[] = [];
  const unpack = extract();
  unpack.end(gunzipSync(content));
  for await (const entry of unpack) {
    found.push(entry.header);
    entry.resume();
  }
  return found;
}

const file = (text: string, mode = 0o644): LayerEntry => ({
  type: 'file',
  mode,
  content: Buffer.from(text),
});

describe('packLayer', () => {
  it('adds missing folders and puts each before its content', async () => {
    const layer = await packLayer(
      new Map([
        ['usr/share/x/deep', file('1')],
        ['bin/sh', { type: 'symlink', target: '/bin/busybox' }],
      ]),
    );
    const found = await headers(layer.content);
    expect(found.map((header) => [header.type, header.name.replace(/\/$/, '')])).toEqual([
      ['directory', 'bin'],
      ['symlink', 'bin/sh'],
      ['directory', 'usr'],
      ['directory', 'usr/share'],
      ['directory', 'usr/share/x'],
      ['file', 'usr/share/x/deep'],
    ]);
  });

  it('keeps modes, owners of folders and targets of links', async () => {
    const layer = await packLayer(
      new Map<string, LayerEntry>([
        ['tmp', { type: 'directory', mode: 0o1777 }],
        ['data', { type: 'directory', mode: 0o750, uid: 999, gid: 998 }],
        ['run.sh', file('#!/bin/sh\n', 0o755)],
        ['link', { type: 'symlink', target: '../x' }],
      ]),
    );
    const found = new Map((await headers(layer.content)).map((h) => [h.name.replace('/', ''), h]));
    expect(found.get('tmp')).toMatchObject({ mode: 0o1777, uid: 0 });
    expect(found.get('data')).toMatchObject({ mode: 0o750, uid: 999, gid: 998 });
    expect(found.get('run.sh')).toMatchObject({ mode: 0o755, uid: 0, gid: 0 });
    expect(found.get('link')).toMatchObject({ linkname: '../x' });
  });

  it('keeps paths longer than 100 bytes', async () => {
    const path = `${'long-folder/'.repeat(12)}file`;
    const layer = await packLayer(new Map([[path, file('x')]]));
    expect((await headers(layer.content)).at(-1)!.name).toBe(path);
  });

  it('gives the same digests whatever the order of the entries', async () => {
    const entries: [string, LayerEntry][] = [
      ['a/b', file('1')],
      ['a/c', file('2')],
    ];
    const one = await packLayer(new Map(entries));
    const two = await packLayer(new Map(entries.reverse()));
    expect(two.digest).toBe(one.digest);
    expect(one.digest).toBe(blobDigest(one.content));
    expect(one.diffId).toBe(blobDigest(gunzipSync(one.content)));
    expect(one.size).toBe(one.content.length);
  });
});
