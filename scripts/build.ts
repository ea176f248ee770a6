/**
 * Bundles the program into dist/: one entry and chunks that load when first needed (OpenAPI,
 * simulation, YAML), so that a start reads little.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** How long chunks of earlier builds stay. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const { metafile } = await build({
  entryPoints: { proa: 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  sourcemap: 'linked',
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [nativeBinding()],
  define: { 'process.env.PROA_VERSION': JSON.stringify(version) },
  banner: {
    // CommonJS packages inside the bundle still ask for require().
    js: "import{createRequire as proaRequire}from'node:module';const require=proaRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
removeOldChunks(Object.keys(metafile.outputs));

/** A cluster that is up may still load chunks of the build that it was started from. */
function removeOldChunks(built: readonly string[]): void {
  for (const name of readdirSync('dist')) {
    const file = join('dist', name);
    if (built.includes(file)) continue;
    if (Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file);
  }
}

/**
 * LevelDB's JavaScript goes into the bundle, as each file that a start reads by itself costs a
 * millisecond. Only what finds the binary stays outside: it looks beside its own file.
 */
function nativeBinding(): Plugin {
  return {
    name: 'native-binding',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/binding$/ }, ({ importer }) =>
        importer.includes('classic-level')
          ? { path: 'classic-level/binding.js', external: true }
          : undefined,
      );
    },
  };
}
