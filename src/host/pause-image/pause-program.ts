import { elfProgram, type ImageArchitecture } from './elf-program.ts';

// The program, in C (upstream's build/pause/linux/pause.c does the same with signal handlers):
//
//   sigset_t set = {SIGINT, SIGTERM, SIGCHLD};
//   sigprocmask(SIG_BLOCK, &set, NULL);
//   for (;;) {
//     while (wait4(-1, NULL, WNOHANG, NULL) > 0);
//     int signal;
//     do signal = sigtimedwait(&set, NULL, NULL); while (signal < 0);
//     if (signal != SIGCHLD) exit(0);
//   }
//
// It reaps before it first waits: the signal of a child that ended before is lost.
//
// Blocked signals are queued even for process 1 of a PID namespace, whose default action would
// be to ignore them, and no handler means no signal trampoline: the whole program is six system
// calls. It is assembled here by hand because a user's machine needs no compiler to run Proa.
const SIGINT = 2;
const SIGTERM = 15;
const SIGCHLD = 17;
const SIGNAL_SET = [SIGINT, SIGTERM, SIGCHLD].reduce((set, n) => set | (1n << BigInt(n - 1)), 0n);

type Label = 'wait' | 'reap' | 'set';
type Instruction = {
  label?: Label;
  bytes: number[];
  /** Set on an instruction that refers to a label; fills in its distance in bytes. */
  link?: { to: Label; patch: (code: Buffer, at: number, target: number) => void };
};

/** Lays the instructions out one after the other and fills in the references to labels. */
function assemble(instructions: Instruction[]): Buffer {
  const offsets: number[] = [];
  const labels = new Map<Label, number>();
  let size = 0;
  for (const instruction of instructions) {
    offsets.push(size);
    if (instruction.label !== undefined) labels.set(instruction.label, size);
    size += instruction.bytes.length;
  }
  const code = Buffer.from(instructions.flatMap((instruction) => instruction.bytes));
  for (const [index, { link }] of instructions.entries()) {
    if (link !== undefined) link.patch(code, offsets[index]!, labels.get(link.to)!);
  }
  return code;
}

function uint32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return [...bytes];
}

/** The set of signals as eight bytes of data behind the code, padded to a multiple of eight. */
function signalSet(code: Instruction[]): Instruction[] {
  const size = code.reduce((sum, instruction) => sum + instruction.bytes.length, 0);
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(SIGNAL_SET);
  return [
    ...code,
    { bytes: new Array((8 - (size % 8)) % 8).fill(0) },
    { label: 'set', bytes: [...data] },
  ];
}

function amd64Code(): Buffer {
  const movEax = (value: number): Instruction => ({ bytes: [0xb8, ...uint32(value)] });
  const zeroEdi: Instruction = { bytes: [0x31, 0xff] };
  const zeroEsi: Instruction = { bytes: [0x31, 0xf6] };
  const zeroEdx: Instruction = { bytes: [0x31, 0xd2] };
  const setBytesInR10: Instruction = { bytes: [0x41, 0xba, ...uint32(8)] }; // mov r10d, 8
  const syscall: Instruction = { bytes: [0x0f, 0x05] };
  const leaSet = (opcode: number[]): Instruction => ({
    bytes: [...opcode, 0, 0, 0, 0],
    link: { to: 'set', patch: (code, at, target) => code.writeInt32LE(target - (at + 7), at + 3) },
  });
  const jump = (opcode: number, to: Label): Instruction => ({
    bytes: [opcode, 0],
    link: { to, patch: (code, at, target) => code.writeInt8(target - (at + 2), at + 1) },
  });
  return assemble(
    signalSet([
      movEax(14), // rt_sigprocmask(SIG_BLOCK, &set, NULL, 8)
      zeroEdi,
      leaSet([0x48, 0x8d, 0x35]), // lea rsi, [rip + set]
      zeroEdx,
      setBytesInR10,
      syscall,
      { ...movEax(61), label: 'reap' }, // wait4(-1, NULL, WNOHANG, NULL)
      { bytes: [0x83, 0xcf, 0xff] }, // or edi, -1
      zeroEsi,
      { bytes: [0xba, ...uint32(1)] }, // mov edx, WNOHANG
      { bytes: [0x45, 0x31, 0xd2] }, // xor r10d, r10d
      syscall,
      { bytes: [0x85, 0xc0] }, // test eax, eax
      jump(0x7f, 'reap'), // jg: one reaped, perhaps another
      { ...movEax(128), label: 'wait' }, // rt_sigtimedwait(&set, NULL, NULL, 8)
      leaSet([0x48, 0x8d, 0x3d]), // lea rdi, [rip + set]
      zeroEsi,
      zeroEdx,
      setBytesInR10,
      syscall,
      { bytes: [0x83, 0xf8, SIGCHLD] }, // cmp eax, SIGCHLD
      jump(0x74, 'reap'), // je
      { bytes: [0x85, 0xc0] }, // test eax, eax
      jump(0x78, 'wait'), // js: interrupted
      movEax(60), // exit(0)
      zeroEdi,
      syscall,
    ]),
  );
}

function arm64Code(): Buffer {
  const word = (value: number): Instruction => ({ bytes: uint32(value) });
  const mov = (register: number, value: number) => word(0xd2800000 + value * 32 + register);
  const svc = word(0xd4000001);
  const compareW0 = (value: number) => word(0x7100001f + value * 1024);
  const link = (base: number, to: Label, field: (distance: number) => number): Instruction => ({
    bytes: uint32(base),
    link: {
      to,
      patch: (code, at, target) => code.writeUInt32LE((base | field(target - at)) >>> 0, at),
    },
  });
  const adrSet = (register: number) =>
    link(
      0x10000000 + register,
      'set',
      (distance) => ((distance & 3) << 29) | ((distance >> 2) << 5),
    );
  const branchIf = (condition: number, to: Label) =>
    link(0x54000000 + condition, to, (distance) => ((distance >> 2) & 0x7ffff) << 5);
  return assemble(
    signalSet([
      mov(8, 135), // rt_sigprocmask(SIG_BLOCK, &set, NULL, 8)
      mov(0, 0),
      adrSet(1),
      mov(2, 0),
      mov(3, 8),
      svc,
      { ...mov(8, 260), label: 'reap' }, // wait4(-1, NULL, WNOHANG, NULL)
      word(0x92800000), // movn x0, 0
      mov(1, 0),
      mov(2, 1),
      mov(3, 0),
      svc,
      compareW0(0),
      branchIf(12, 'reap'), // b.gt: one reaped, perhaps another
      { ...mov(8, 137), label: 'wait' }, // rt_sigtimedwait(&set, NULL, NULL, 8)
      adrSet(0),
      mov(1, 0),
      mov(2, 0),
      mov(3, 8),
      svc,
      compareW0(SIGCHLD),
      branchIf(0, 'reap'), // b.eq
      // tbnz w0, #31: negative, interrupted
      link(0x37f80000, 'wait', (distance) => ((distance >> 2) & 0x3fff) << 5),
      mov(8, 93), // exit(0)
      mov(0, 0),
      svc,
    ]),
  );
}

/**
 * The program of the sandbox image: it holds a pod's namespaces open, reaps the orphans that are
 * handed to it when the pod shares one PID namespace, and exits 0 on SIGINT or SIGTERM. A static
 * Linux executable of some 280 bytes.
 */
export function pauseProgram(architecture: ImageArchitecture): Buffer {
  return elfProgram(architecture, architecture === 'amd64' ? amd64Code() : arm64Code());
}
