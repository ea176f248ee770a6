import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readPackage } from './debian-packages.ts';
import { type Layer, type LayerEntry, packLayer } from './layer.ts';
import { type LayerDefinition, NEVER_KEPT } from './layer-definitions.ts';

const run = promisify(execFile);

/** Reads a file of the folder `files/` beside this one. */
export function readSource(name: string): Promise<Buffer> {
  return readFile(new URL(`files/${name}`, import.meta.url));
}

/** Puts one layer together from its packages (archive path by name) and its own files. */
export async function buildLayer(
  definition: LayerDefinition,
  archives: ReadonlyMap<string, string>,
): Promise<Layer> {
  const entries = new Map<string, LayerEntry>();
  for (const name of definition.packages ?? []) {
    const files = await readPackage(archives.get(name)!, (path) => isKept(definition, path));
    for (const { path, header, content } of files) {
      if (header.type === 'file') {
        entries.set(path, { type: 'file', mode: header.mode ?? 0o644, content });
      } else if (header.type === 'symlink') {
        entries.set(path, { type: 'symlink', target: header.linkname! });
      } else if (header.type === 'link') {
        entries.set(path, { type: 'symlink', target: header.linkname!.replace(/^\.?\/?/, '/') });
      }
    }
  }
  if (definition.busyboxLinks === true) await addBusyboxLinks(entries);
  for (const [path, { from, mode = 0o644 }] of Object.entries(definition.files ?? {})) {
    entries.set(path, { type: 'file', mode, content: await readSource(from) });
  }
  for (const [path, text] of Object.entries(definition.texts ?? {})) {
    entries.set(path, { type: 'file', mode: 0o644, content: Buffer.from(text) });
  }
  for (const [path, target] of Object.entries(definition.links ?? {})) {
    entries.set(path, { type: 'symlink', target });
  }
  for (const [path, { mode = 0o755, ...owner }] of Object.entries(definition.folders ?? {})) {
    entries.set(path, { type: 'directory', mode, ...owner });
  }
  return packLayer(entries);
}

function isKept(definition: LayerDefinition, path: string): boolean {
  if (NEVER_KEPT.test(path) || definition.drop?.test(path) === true) return false;
  return definition.keepOnly?.test(path) ?? true;
}

/** Asks the program itself which names it answers to: the list differs between versions. */
async function addBusyboxLinks(entries: Map<string, LayerEntry>): Promise<void> {
  const busybox = entries.get('bin/busybox');
  if (busybox?.type !== 'file') throw new Error('Cannot link busybox: bin/busybox is missing');
  const folder = await mkdtemp(join(tmpdir(), 'proa-busybox-'));
  try {
    const program = join(folder, 'busybox');
    await writeFile(program, busybox.content, { mode: 0o755 });
    const { stdout } = await run(program, ['--list-full']);
    for (const path of stdout.split('\n').filter((line) => line !== '')) {
      if (!entries.has(path)) entries.set(path, { type: 'symlink', target: '/bin/busybox' });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
