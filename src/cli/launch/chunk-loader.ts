import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { keepCode, keptCode } from './kept-code.ts';

/** What stands around a chunk, as around any CommonJS module. */
const BEFORE = '(function(exports,require,module){';
const AFTER = '\n})';

type ChunkFunction = (exports: object, require: (id: string) => unknown, module: Module) => void;

interface Module {
  exports: object;
}

interface Chunk {
  readonly module: Module;
  readonly file: string;
  readonly source: string;
  readonly script: Script;
}

/**
 * Loads the chunks of the bundle: Node's own `require`, but with the compiled code that the build
 * has left beside them. Without such code, or with code for another Node, a chunk is compiled as
 * ever.
 */
export class ChunkLoader {
  readonly #folder: string;
  readonly #requireOther: (id: string) => unknown;
  readonly #chunks = new Map<string, Chunk>();

  /**
   * @param folder where the chunks lie
   * @param requireOther loads what is no chunk: Node's modules and native ones
   */
  constructor(folder: string, requireOther: (id: string) => unknown) {
    this.#folder = folder;
    this.#requireOther = requireOther;
  }

  /** What the chunk with this file name exports; it runs the first time. */
  load(name: string): object {
    const known = this.#chunks.get(name);
    if (known !== undefined) return known.module.exports;
    const chunk = compileChunk(join(this.#folder, name));
    this.#chunks.set(name, chunk);
    const run = chunk.script.runInThisContext() as ChunkFunction;
    const require = (id: string) =>
      id.startsWith('./') ? this.load(id.slice('./'.length)) : this.#requireOther(id);
    try {
      run(chunk.module.exports, require, chunk.module);
    } catch (error) {
      // As Node's own require does: who asks again does not get a half of it.
      this.#chunks.delete(name);
      throw error;
    }
    return chunk.module.exports;
  }

  /** Leaves the code of all that ran so far for later processes. */
  keepCode(): void {
    for (const { file, source, script } of this.#chunks.values()) {
      keepCode(file, source, script.createCachedData());
    }
  }
}

/** Compiles a chunk, or takes its code from beside it. */
export function compileChunk(file: string): Chunk {
  // The bundle is ASCII. Read as such a text takes a byte a character for the process's life.
  const source = readFileSync(file, 'latin1');
  const script = new Script(BEFORE + source + AFTER, {
    filename: file,
    columnOffset: -BEFORE.length,
    cachedData: keptCode(file, source),
  });
  return { module: { exports: {} }, file, source, script };
}
