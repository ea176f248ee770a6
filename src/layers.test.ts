import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What each folder may import besides itself. ARCHITECTURE.md shows the same table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  objects: ['base', 'generated'],
  storage: ['base', 'objects'],
  apiserver: ['base', 'objects', 'storage', 'generated'],
  client: ['base', 'objects', 'generated', 'apiserver/handler.ts'],
  controllers: ['base', 'objects', 'client', 'generated'],
  scheduler: ['base', 'objects', 'client', 'generated'],
  kubelet: ['base', 'objects', 'client', 'generated'],
  host: [
    'base',
    'objects',
    'storage',
    'apiserver/handler.ts',
    'apiserver/server-metrics.ts',
    'apiserver/token-keys.ts',
    'kubelet/runtime.ts',
    'kubelet/edges.ts',
    'kubelet/node-paths.ts',
    'controllers/local-path/volume-folders.ts',
  ],
  sim: [
    'base',
    'objects',
    'storage',
    'apiserver/handler.ts',
    'apiserver/token-keys.ts',
    'kubelet/runtime.ts',
    'kubelet/edges.ts',
    'kubelet/node-paths.ts',
    'controllers/local-path/volume-folders.ts',
  ],
  'controller-manager.ts': ['base', 'objects', 'client', 'controllers'],
  'control-plane.ts': [
    'base',
    'objects',
    'storage',
    'apiserver',
    'client',
    'scheduler',
    'controller-manager.ts',
    'version.ts',
  ],
  'cluster.ts': ['objects', 'apiserver', 'client', 'controllers', 'kubelet', 'control-plane.ts'],
  'version.ts': ['apiserver'],
};

/** The folders that touch the machine. */
const AT_THE_EDGE = ['host', 'cli', 'main.ts'];

const source = dirname(fileURLToPath(import.meta.url));

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(folder: string): string[] {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(source, join(entry.parentPath, entry.name)))
      .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('generated/'))
      // What tests stand on is test code, and may see the simulated edges.
      .filter((file) => !file.includes('/testing/'))
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const pattern = /(?:from|import)\s*\(?\s*'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => ({ file, target: match[1] ?? '' }));
}

function resolved({ file, target }: Import): string {
  return relative(source, join(source, dirname(file), target));
}

const files = sourceFiles(source);
const imports = files.flatMap(importsOf);

describe('layers', () => {
  it('finds the imports it judges', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(imports.length).toBeGreaterThan(50);
  });

  it('imports only what the table allows', () => {
    const broken = imports
      .filter(({ target }) => target.startsWith('.'))
      .filter((entry) => {
        const from = entry.file.split('/')[0] ?? '';
        const to = resolved(entry);
        const allowed = MAY_IMPORT[from];
        // main.ts and cli/ put the program together and may see all of it.
        if (allowed === undefined) return !['main.ts', 'cli'].includes(from);
        return (
          to.split('/')[0] !== from && !allowed.some((path) => `${to}/`.startsWith(`${path}/`))
        );
      });
    expect(broken).toEqual([]);
  });

  it('touches the machine only at the edge', () => {
    const broken = imports
      .filter(({ target }) => target.startsWith('node:'))
      .filter(({ file }) => !AT_THE_EDGE.includes(file.split('/')[0] ?? ''));
    expect(broken.filter(({ file }) => !file.endsWith('-suite.ts'))).toEqual([]);
  });

  it('has no circles of imports that run', () => {
    expect(circles()).toEqual([]);
  });
});

/** Files that import themselves round about; imports of types alone do not count. */
function circles(): string[][] {
  const edges = new Map<string, string[]>();
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8').replace(/import type [^;]+;/g, '');
    const pattern = /(?:from|import)\s*'(\.[^']+)'/g;
    const targets = [...text.matchAll(pattern)].map((match) => match[1] ?? '');
    edges.set(
      file,
      targets.map((target) => resolved({ file, target })),
    );
  }
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const target of edges.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}
