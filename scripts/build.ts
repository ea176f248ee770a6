/**
 * Bundles the program into dist/: one entry and chunks that load when first needed (certificates,
 * OpenAPI, YAML), so that a start reads little.
 */
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

rmSync('dist', { recursive: true, force: true });
await build({
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
  // A native module, which finds its binary beside its own files.
  external: ['classic-level'],
  define: { 'process.env.PROA_VERSION': JSON.stringify(version) },
  banner: {
    // CommonJS packages inside the bundle still ask for require().
    js: "import{createRequire as proaRequire}from'node:module';const require=proaRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
