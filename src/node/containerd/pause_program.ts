/**
 * The program that holds a pod's namespaces open, written as machine code so that nothing has to be compiled or
 * downloaded. It ignores SIGCHLD, so that the kernel reaps orphans when it is the pod's first process; blocks TERM and
 * INT (a blocked signal stays pending even for a namespace's first process, which ignores unhandled ones otherwise),
 * waits for one of them, and ends with 0.
 */

export type Architecture = "x64" | "arm64";

const SIGCHLD = 17;
/** Bit n-1 stands for signal n: INT (2) and TERM (15). */
const WAITED_SIGNALS = (1n << 1n) | (1n << 14n);
const SIG_IGN = 1n;
const SIGSET_BYTES = 8;

const LOAD_ADDRESS = 0x40_0000;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const CODE_OFFSET = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;

/** A static ELF file for the kernel's own architecture names. */
export function pauseProgram(architecture: Architecture): Uint8Array {
  // Code length does not depend on the addresses, so a first pass with none finds where the data goes.
  const assemble = architecture === "x64" ? codeX64 : codeArm64;
  const codeLength = (assemble(0, 0).length + 7) & ~7;
  const action = LOAD_ADDRESS + CODE_OFFSET + codeLength;
  const signals = action + 32;
  const code = assemble(action, signals);
  const file = new Uint8Array(CODE_OFFSET + codeLength + 40);
  const view = new DataView(file.buffer);
  writeHeaders(view, architecture === "x64" ? 62 : 183, file.length);
  file.set(code, CODE_OFFSET);
  // struct kernel_sigaction: handler, flags, restorer, mask.
  view.setBigUint64(CODE_OFFSET + codeLength, SIG_IGN, true);
  view.setBigUint64(CODE_OFFSET + codeLength + 32, WAITED_SIGNALS, true);
  return file;
}

/** ELF64 little-endian executable with one segment, read and execute, that is the whole file (elf(5)). */
function writeHeaders(view: DataView, machine: number, fileBytes: number): void {
  view.setUint32(0, 0x7f454c46);
  view.setUint32(4, 0x02010100);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(LOAD_ADDRESS + CODE_OFFSET), true);
  view.setBigUint64(32, BigInt(ELF_HEADER_BYTES), true);
  view.setUint16(52, ELF_HEADER_BYTES, true);
  view.setUint16(54, PROGRAM_HEADER_BYTES, true);
  view.setUint16(56, 1, true);
  const segment = ELF_HEADER_BYTES;
  view.setUint32(segment, 1, true);
  view.setUint32(segment + 4, 5, true);
  view.setBigUint64(segment + 16, BigInt(LOAD_ADDRESS), true);
  view.setBigUint64(segment + 24, BigInt(LOAD_ADDRESS), true);
  view.setBigUint64(segment + 32, BigInt(fileBytes), true);
  view.setBigUint64(segment + 40, BigInt(fileBytes), true);
  // 64 KiB: the largest page an arm64 kernel may have.
  view.setBigUint64(segment + 48, 0x1_0000n, true);
}

function codeX64(action: number, signals: number): Uint8Array {
  const imm32 = (value: number): number[] => [
    value & 255,
    (value >> 8) & 255,
    (value >> 16) & 255,
    (value >>> 24) & 255,
  ];
  const eax = (value: number): number[] => [0xb8, ...imm32(value)];
  const edi = (value: number): number[] => [0xbf, ...imm32(value)];
  const esi = (value: number): number[] => [0xbe, ...imm32(value)];
  const r10d = (value: number): number[] => [0x41, 0xba, ...imm32(value)];
  const zeroEdx = [0x31, 0xd2];
  const zeroEsi = [0x31, 0xf6];
  const zeroEdi = [0x31, 0xff];
  const syscall = [0x0f, 0x05];
  // rt_sigaction(SIGCHLD, action, NULL, 8)
  const ignoreChildren = [...eax(13), ...edi(SIGCHLD), ...esi(action), ...zeroEdx, ...r10d(SIGSET_BYTES), ...syscall];
  // rt_sigprocmask(SIG_BLOCK, signals, NULL, 8); r10 still holds 8.
  const block = [...eax(14), ...zeroEdi, ...esi(signals), ...zeroEdx, ...syscall];
  // result = rt_sigtimedwait(signals, NULL, NULL, 8); test eax, eax
  const wait = [...eax(128), ...edi(signals), ...zeroEsi, ...zeroEdx, ...syscall, 0x85, 0xc0];
  // js: wait again when it was interrupted.
  const again = [0x78, 256 - (wait.length + 2)];
  const exit = [...eax(60), ...zeroEdi, ...syscall];
  return Uint8Array.from([...ignoreChildren, ...block, ...wait, ...again, ...exit]);
}

function codeArm64(action: number, signals: number): Uint8Array {
  const words: number[] = [];
  const movz = (register: number, value: number): number => words.push(0xd2800000 | (value << 5) | register);
  const adr = (register: number, address: number): void => {
    const distance = address - (LOAD_ADDRESS + CODE_OFFSET + words.length * 4);
    words.push(0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register);
  };
  const svc = (call: number): void => {
    movz(8, call);
    words.push(0xd4000001);
  };
  // rt_sigaction(SIGCHLD, action, NULL, 8)
  movz(0, SIGCHLD);
  adr(1, action);
  movz(2, 0);
  movz(3, SIGSET_BYTES);
  svc(134);
  // rt_sigprocmask(SIG_BLOCK, signals, NULL, 8)
  movz(0, 0);
  adr(1, signals);
  svc(135);
  // do result = rt_sigtimedwait(signals, NULL, NULL, 8); while (result < 0): tbnz x0, #63, back
  const back = words.length;
  adr(0, signals);
  movz(1, 0);
  svc(137);
  words.push(0xb7f80000 | (((back - words.length) & 0x3fff) << 5));
  // exit(0)
  movz(0, 0);
  svc(93);
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => bytes.setUint32(index * 4, word >>> 0, true));
  return new Uint8Array(bytes.buffer);
}
