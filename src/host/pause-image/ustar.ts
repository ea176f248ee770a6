/** A file or folder of a tar archive. */
export type TarEntry = {
  /** Path inside the archive, at most 100 bytes; folders end with a slash. */
  name: string;
  /** Permission bits; 0644 for files and 0755 for folders when absent. */
  mode?: number;
  /** Content; a folder has none. */
  content?: Buffer;
};

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;

/**
 * Writes a POSIX ustar archive in memory. Owner root and time zero, so that the same entries give
 * the same bytes and with them the same digests. For the few short names of an image archive
 * only: longer ones throw.
 */
export function ustarArchive(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    const padding = (BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES;
    return [header(entry, content.length), content, Buffer.alloc(padding)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(entry.name) > NAME_BYTES) {
    throw new Error(`Cannot archive '${entry.name}': a name has at most ${NAME_BYTES} bytes`);
  }
  const folder = entry.name.endsWith('/');
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), offset);
  block.write(entry.name, 0);
  octal(entry.mode ?? (folder ? 0o755 : 0o644), 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // modification time
  block.write(folder ? '5' : '0', 156);
  block.write('ustar\u000000', 257, 'latin1');
  // The checksum is taken with its own field full of spaces.
  block.fill(' ', 148, 156);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  octal(checksum, 148, 6);
  block[154] = 0;
  return block;
}
