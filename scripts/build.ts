/**
 * Bundles the program into dist/: a launcher, and chunks that load when first needed (OpenAPI,
 * simulation, YAML), so that a start reads little. Beside each chunk lies its compiled code.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bundle } from './bundle/bundle.ts';
import { compileChunks } from './bundle/compile-chunks.ts';

const OUT = 'dist';
/** How long chunks of earlier builds stay. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const chunks = await bundle(OUT, version);
const built = new Set([...chunks, ...(await compileChunks(chunks))].map((file) => basename(file)));
removeOldChunks();

/** A cluster that is up may still load chunks of the build that it was started from. */
function removeOldChunks(): void {
  for (const name of readdirSync(OUT)) {
    const file = join(OUT, name);
    if (built.has(name) || Date.now() - statSync(file).mtimeMs < KEPT_MS) continue;
    rmSync(file);
  }
}
