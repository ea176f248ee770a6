/** The processors an image can be built for, by the names image configurations use. */
export type ImageArchitecture = 'amd64' | 'arm64';

// e_machine of the ELF header, and the page size that the segment's alignment must not undercut.
const MACHINES: Record<ImageArchitecture, { machine: number; pageBytes: number }> = {
  amd64: { machine: 62, pageBytes: 0x1000 },
  arm64: { machine: 183, pageBytes: 0x10000 },
};
const LOAD_ADDRESS = 0x400000;
const FILE_HEADER_BYTES = 64;
const SEGMENT_HEADER_BYTES = 56;
const SEGMENT_COUNT = 2;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const READ = 4;
const WRITE = 2;
const EXECUTE = 1;

/**
 * Wraps position-independent machine code in the smallest static ELF64 executable Linux loads:
 * the headers, then the code, whose first byte is the entry point. The code is mapped read-only
 * and the stack is marked not executable, as every linker does.
 */
export function elfProgram(architecture: ImageArchitecture, code: Buffer): Buffer {
  const { machine, pageBytes } = MACHINES[architecture];
  const headerBytes = FILE_HEADER_BYTES + SEGMENT_COUNT * SEGMENT_HEADER_BYTES;
  const header = Buffer.alloc(headerBytes);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]); // "\x7fELF", 64 bit, little endian, System V
  header.writeUInt16LE(2, 16); // e_type: executable at fixed addresses
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20); // e_version
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS + headerBytes), 24); // e_entry
  header.writeBigUInt64LE(BigInt(FILE_HEADER_BYTES), 32); // e_phoff
  header.writeUInt16LE(FILE_HEADER_BYTES, 52);
  header.writeUInt16LE(SEGMENT_HEADER_BYTES, 54);
  header.writeUInt16LE(SEGMENT_COUNT, 56);
  header.writeUInt16LE(64, 58); // e_shentsize; there are no sections

  const load = FILE_HEADER_BYTES;
  const total = BigInt(headerBytes + code.length);
  header.writeUInt32LE(PT_LOAD, load);
  header.writeUInt32LE(READ | EXECUTE, load + 4);
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), load + 16); // p_vaddr; p_offset is 0
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), load + 24); // p_paddr
  header.writeBigUInt64LE(total, load + 32);
  header.writeBigUInt64LE(total, load + 40);
  header.writeBigUInt64LE(BigInt(pageBytes), load + 48);

  const stack = load + SEGMENT_HEADER_BYTES;
  header.writeUInt32LE(PT_GNU_STACK, stack);
  header.writeUInt32LE(READ | WRITE, stack + 4);
  header.writeBigUInt64LE(16n, stack + 48);
  return Buffer.concat([header, code]);
}
