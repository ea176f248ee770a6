import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each habit that a reader would otherwise have to point out, with what to do instead. */
const BANNED: readonly {
  readonly name: string;
  readonly pattern: RegExp;
  readonly instead: string;
  readonly allowedIn?: RegExp;
}[] = [
  {
    name: 'the clock of the machine',
    pattern: /\b(Date\.now|setTimeout|setInterval|performance\.now)\(|new Date\(\)/,
    instead: 'base/clock.ts',
    allowedIn: /^src\/(host|cli|main)|\.test\.ts$|^(test|bench|scripts)\//,
  },
  {
    name: 'chance of the machine',
    pattern: /\b(Math\.random|randomUUID)\(/,
    instead: 'base/prng.ts',
    allowedIn: /^src\/(host|cli|main)|\.test\.ts$|^(test|bench|scripts)\//,
  },
  {
    name: 'work left for later',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    instead: 'doing it, or an issue',
    allowedIn: /tidy\.test\.ts$/,
  },
  {
    name: 'a test that does not run',
    pattern: /\b(it|test|describe)\.(skip|only|todo)\b/,
    instead: 'a test that says what it lacks, and fails',
    allowedIn: /tidy\.test\.ts$/,
  },
];

const LINES_MAX = 400;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('src/generated/'));
}

const files = ['src', 'test', 'bench', 'scripts'].flatMap(sources);

describe('tidy', () => {
  it.each(BANNED)('has nothing of: $name', ({ pattern, allowedIn, instead }) => {
    const found = files
      .filter((file) => allowedIn === undefined || !allowedIn.test(file))
      .filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
    expect(found, `use ${instead}`).toEqual([]);
  });

  it(`has no source file of more than ${LINES_MAX} lines`, () => {
    const long = files
      .filter((file) => !file.endsWith('.test.ts'))
      .filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > LINES_MAX + 1);
    expect(long).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
    const found = files.filter((file) => /(^|\/)(utils?|helpers?|misc|common)\.ts$/.test(file));
    expect(found).toEqual([]);
  });
});
