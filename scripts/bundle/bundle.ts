import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type BuildOptions,
  build,
  type Metafile,
  type OutputFile,
  type Plugin,
  transform,
} from 'esbuild';

const SHARED = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  write: false,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const DAEMON = 'src/cli/daemon/daemon-process.ts';

/** Writes the bundle into the folder `out` and answers its files, the launcher last. */
export async function bundle(out: string, version: string): Promise<string[]> {
  const main = await build({
    ...SHARED,
    entryPoints: { main: 'src/main.ts', daemon: DAEMON },
    metafile: true,
    entryNames: '[name]-[hash]',
    outdir: out,
    outExtension: { '.js': '.cjs' },
    splitting: true,
    // Only modules of this format are split; {@link writeChunk} makes CommonJS of them.
    format: 'esm',
    sourcemap: 'inline',
    plugins: [nativeBinding()],
    // An optional package of ws, which it tries to load by this name.
    alias: { bufferutil: './src/host/streaming/buffer-util.ts' },
    define: { 'process.env.PROA_VERSION': JSON.stringify(version) },
  });
  const chunks = main.outputFiles;
  const launcher = await build({
    ...SHARED,
    entryPoints: { proa: 'src/cli/launch/launch.ts' },
    outdir: out,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: {
      'process.env.PROA_MAIN_CHUNK': JSON.stringify(entryOf(main.metafile, 'src/main.ts')),
      'process.env.PROA_DAEMON_CHUNK': JSON.stringify(entryOf(main.metafile, DAEMON)),
    },
  });
  mkdirSync(out, { recursive: true });
  await Promise.all(chunks.map(writeChunk));
  // It names the others, so whoever starts meanwhile gets the old program or the new one.
  for (const { path, text } of launcher.outputFiles) replaceFile(path, text);
  return [...chunks, ...launcher.outputFiles].map(({ path }) => join(out, basename(path)));
}

/** The file name of the chunk that a source file begins in. */
function entryOf({ outputs }: Metafile, source: string): string {
  const entry = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source);
  if (entry === undefined) throw new Error(`the bundle has no chunk of ${source}`);
  return basename(entry[0]);
}

/** V8 can keep the compiled code of a script, but in Node 20 not that of an ECMAScript module. */
async function writeChunk({ path, text }: OutputFile): Promise<void> {
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: SHARED.target,
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'external',
    // `import()` of a chunk goes through the loader, as all its imports do.
    supported: { 'dynamic-import': false },
  });
  const name = basename(path);
  replaceFile(join(dirname(path), `${name}.map`), map);
  replaceFile(path, `${code}//# sourceMappingURL=${name}.map\n`);
}

/** A process that starts meanwhile reads the old file or the new one. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
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
