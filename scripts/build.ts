/**
 * Bundles the program into dist/: one entry and chunks that load when first needed (OpenAPI,
 * simulation, YAML), so that a start reads little.
 */
import { readFileSync, rmSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';

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
  plugins: [nativeBinding()],
  define: { 'process.env.PROA_VERSION': JSON.stringify(version) },
  banner: {
    // CommonJS packages inside the bundle still ask for require().
    js: "import{createRequire as proaRequire}from'node:module';const require=proaRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

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
