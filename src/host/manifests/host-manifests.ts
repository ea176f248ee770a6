import { mkdirSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { ManifestFile, Manifests } from '../../kubelet/edges.ts';
import { FolderWatch } from './folder-watch.ts';

/** A larger file is not read; upstream's limit is ten times as much. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Beyond the pods that a node takes anyway. */
const FILES_MAX = 1_000;

/** The folder of static pods on this machine: YAML or JSON files, one pod each. */
export class HostManifests implements Manifests {
  readonly #folder: string;
  readonly #parse: (text: string) => Promise<unknown>;
  readonly #clock: Clock;
  readonly #log: Log;

  /** @param parse reads YAML; rejects with an Error whose message tells what is wrong */
  constructor(folder: string, parse: (text: string) => Promise<unknown>, clock: Clock, log: Log) {
    this.#folder = folder;
    this.#parse = parse;
    this.#clock = clock;
    this.#log = log;
  }

  async read(): Promise<readonly ManifestFile[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
    if (names.length > FILES_MAX) {
      const fields = { folder: this.#folder, files: names.length, read: FILES_MAX };
      this.#log.warn('too many files in the folder of static pods', fields);
    }
    const files: ManifestFile[] = [];
    for (const name of names.slice(0, FILES_MAX)) {
      const file = await this.#readFile(name);
      if (file !== null) files.push(file);
    }
    return files;
  }

  /** Makes the folder where there is none. */
  watch(changed: () => void, signal: AbortSignal): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      const fields = { folder: this.#folder, error: String(error) };
      this.#log.warn('folder of static pods not made', fields);
    }
    new FolderWatch(this.#folder, this.#clock, this.#log, changed).start(signal);
  }

  /** Null for what is no file, or has gone meanwhile. */
  async #readFile(name: string): Promise<ManifestFile | null> {
    try {
      const path = join(this.#folder, name);
      // Opening a fifo would wait for its writer.
      if (!(await stat(path)).isFile()) return null;
      return { name, value: await this.#parse(await readBounded(path)) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      return { name, error: text };
    }
  }
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const about = `${size} bytes, at most ${FILE_BYTES_MAX} are read`;
    if (size > FILE_BYTES_MAX) throw new Error(`the file is too large: ${about}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
