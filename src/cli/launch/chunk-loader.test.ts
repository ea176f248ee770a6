import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChunkLoader, compileChunk } from './chunk-loader.ts';
import { codeFile } from './kept-code.ts';

const require = createRequire(import.meta.url);

describe('ChunkLoader', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'proa-chunks-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const load = (name: string) => new ChunkLoader(folder, require).load(name);

  it('runs a chunk once, however many ask for it', () => {
    write('counter.cjs', 'exports.loaded = { times: 0 }; exports.loaded.times++;');
    write('a.cjs', "module.exports = require('./counter.cjs').loaded;");
    write('main.cjs', "exports.a = require('./a.cjs'); exports.b = require('./counter.cjs');");
    expect(load('main.cjs')).toEqual({ a: { times: 1 }, b: { loaded: { times: 1 } } });
  });

  it("leaves what is no chunk to Node's own require", () => {
    write('main.cjs', "exports.join = require('node:path').join('a', 'b');");
    expect(load('main.cjs')).toEqual({ join: 'a/b' });
  });

  it('shows a fault at its place in the file', () => {
    write('main.cjs', "throw new Error('at the start');");
    expect(() => load('main.cjs')).toThrow(
      expect.objectContaining({ stack: expect.stringContaining(`${folder}/main.cjs:1:7`) }),
    );
  });

  describe('with code kept by an earlier process', () => {
    const source = 'exports.number = ((a) => a + 1)(41);';
    const file = () => join(folder, 'main.cjs');
    const kept = () => readFileSync(codeFile(file()));
    beforeEach(() => {
      write('main.cjs', source);
      const loader = new ChunkLoader(folder, require);
      loader.load('main.cjs');
      loader.keepCode();
    });

    it('does not compile again', () => {
      expect(compileChunk(file()).script.cachedDataRejected).toBe(false);
      expect(load('main.cjs')).toEqual({ number: 42 });
    });

    it.each([
      ['is cut off', () => kept().subarray(0, 100)],
      ['is empty', () => Buffer.alloc(0)],
      [
        'has a bit turned',
        () => {
          const code = kept();
          const at = code.length - 9;
          code[at] = code[at]! ^ 1;
          return code;
        },
      ],
    ])('compiles when the code %s', (_, damaged) => {
      writeFileSync(codeFile(file()), damaged());
      // Undefined: V8 was not given any.
      expect(compileChunk(file()).script.cachedDataRejected).toBeUndefined();
      expect(load('main.cjs')).toEqual({ number: 42 });
    });

    it('compiles when the code is that of another source of the same length', () => {
      write('main.cjs', source.replace('41', '42'));
      expect(load('main.cjs')).toEqual({ number: 43 });
    });
  });
});
