import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const DIGEST_BYTES = 32;

/**
 * The compiled code that lies beside a chunk, or undefined. V8 itself refuses code of another
 * version or with other flags, but neither damaged code nor that of another source: the digest does.
 */
export function keptCode(file: string, source: string): Buffer | undefined {
  try {
    const kept = readFileSync(codeFile(file));
    const code = kept.subarray(DIGEST_BYTES);
    const isWhole = kept.subarray(0, DIGEST_BYTES).equals(digest(source, code));
    return isWhole ? code : undefined;
  } catch {
    // Without it the start takes a little longer.
    return undefined;
  }
}

/** Leaves compiled code beside its chunk. */
export function keepCode(file: string, source: string, code: Buffer): void {
  const path = codeFile(file);
  writeFileSync(`${path}.new`, Buffer.concat([digest(source, code), code]));
  renameSync(`${path}.new`, path);
}

/** The file with the compiled code of a chunk. */
export function codeFile(chunk: string): string {
  return `${chunk}.code`;
}

function digest(source: string, code: Buffer): Buffer {
  return createHash('sha256').update(source, 'latin1').update(code).digest();
}
