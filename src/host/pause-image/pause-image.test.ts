import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { blobDigest } from './oci-image.ts';
import { PAUSE_IMAGE_NAME, pauseImageTar } from './pause-image.ts';
import { pauseProgram } from './pause-program.ts';

type Entry = { mode: number | undefined; content: Buffer };

async function untar(archive: Buffer): Promise<Map<string, Entry>> {
  const files = new Map<string, Entry>();
  const unpack = extract();
  unpack.end(archive);
  for await (const entry of unpack) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    files.set(entry.header.name, { mode: entry.header.mode, content: Buffer.concat(parts) });
  }
  return files;
}

type Index = { manifests: { digest: string; annotations: Record<string, string> }[] };
type Manifest = { config: { digest: string }; layers: { digest: string; size: number }[] };
type Config = {
  architecture: string;
  config: { Entrypoint: string[]; User: string };
  rootfs: { diff_ids: string[] };
};

function parse<T>(files: Map<string, Entry>, name: string): T {
  return JSON.parse(files.get(name)!.content.toString()) as T;
}

const path = (digest: string) => `blobs/${digest.replace(':', '/')}`;

describe.each(['amd64', 'arm64'] as const)('pauseImageTar for %s', (architecture) => {
  it('names every blob by its own digest, from the index to the program', async () => {
    const files = await untar(pauseImageTar(architecture));
    const index = parse<Index>(files, 'index.json');
    const manifestDigest = index.manifests[0]!.digest;
    expect(index.manifests[0]!.annotations['io.containerd.image.name']).toBe(PAUSE_IMAGE_NAME);
    const manifest = parse<Manifest>(files, path(manifestDigest));
    const config = parse<Config>(files, path(manifest.config.digest));
    const layer = files.get(path(manifest.layers[0]!.digest))!.content;

    for (const [name, { content }] of files) {
      if (content.length > 0 && name.startsWith('blobs/'))
        expect(path(blobDigest(content))).toBe(name);
    }
    expect(manifest.layers[0]!.size).toBe(layer.length);
    expect(config.architecture).toBe(architecture);
    expect(config.rootfs.diff_ids).toEqual([blobDigest(gunzipSync(layer))]);
    expect(config.config).toMatchObject({ Entrypoint: ['/pause'], User: '65535:65535' });
    const program = (await untar(gunzipSync(layer))).get('pause')!;
    expect(program.mode).toBe(0o755);
    expect(program.content.equals(pauseProgram(architecture))).toBe(true);
  });

  it('gives the same bytes each time', () => {
    expect(pauseImageTar(architecture).equals(pauseImageTar(architecture))).toBe(true);
  });

  it('lists the docker index beside the layout', async () => {
    const files = await untar(pauseImageTar(architecture));
    const [entry] = parse<{ Config: string; RepoTags: string[]; Layers: string[] }[]>(
      files,
      'manifest.json',
    );
    expect(entry!.RepoTags).toEqual([PAUSE_IMAGE_NAME]);
    for (const name of [entry!.Config, ...entry!.Layers]) expect(files.has(name)).toBe(true);
  });
});

// The program runs on the machine it was assembled for only.
const native = { x64: 'amd64', arm64: 'arm64' } as const;
const here = process.platform === 'linux' ? native[process.arch as keyof typeof native] : undefined;

describe.runIf(here !== undefined)('pauseProgram', () => {
  it.each(['TERM', 'INT'])('waits until SIG%s, reaps a child, then exits 0', (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'pause-'));
    try {
      const program = join(folder, 'pause');
      writeFileSync(program, pauseProgram(here!), { mode: 0o755 });
      // The shell leaves it a child by exec; the child is gone from /proc once it is reaped. Each
      // wait is bounded by the spawn's own time limit.
      const script = `
        sh -c 'sh -c "exit 3" & echo $!; exec ${program}' > ${folder}/child &
        pause=$!
        until [ "$(cat /proc/$pause/comm)" = pause ]; do :; done
        child=$(cat ${folder}/child)
        while [ -e /proc/$child ]; do :; done
        kill -0 $pause && kill -${signal} $pause
        wait $pause`;
      const result = spawnSync('sh', ['-c', script], { encoding: 'utf8', timeout: 10_000 });
      expect(result).toMatchObject({ status: 0, stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
