import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that keeps downloaded packages, layers and finished images between runs. Deleting
 * it costs a rebuild and nothing else.
 */
export function defaultCacheFolder(): string {
  const chosen = process.env.PROA_TEST_IMAGES_CACHE;
  if (chosen !== undefined && chosen !== '') return chosen;
  return fileURLToPath(new URL('../../node_modules/.cache/proa-test-images', import.meta.url));
}

/** Blobs by their digest and small records by a key, in a folder that many processes may share. */
export class ImageCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  packagesFolder(): string {
    return join(this.folder, 'packages');
  }

  blobFile(digest: string): string {
    return join(this.folder, 'blobs', digest.replace(':', '-'));
  }

  hasBlob(digest: string): boolean {
    return existsSync(this.blobFile(digest));
  }

  async writeBlob(digest: string, content: Buffer): Promise<void> {
    if (!this.hasBlob(digest)) await this.#write(this.blobFile(digest), content);
  }

  /** The record kept under a key, or undefined. */
  async readRecord<T>(key: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(this.#recordFile(key), 'utf8')) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async writeRecord(key: string, record: object): Promise<void> {
    await this.#write(this.#recordFile(key), Buffer.from(JSON.stringify(record)));
  }

  #recordFile(key: string): string {
    return join(this.folder, 'records', `${key}.json`);
  }

  // A rename is atomic: a reader sees the whole file or none, and the last of two equal writers
  // wins without harm.
  async #write(file: string, content: Buffer): Promise<void> {
    await mkdir(join(file, '..'), { recursive: true });
    const partial = `${file}.${randomUUID()}`;
    await writeFile(partial, content);
    await rename(partial, file);
  }
}
