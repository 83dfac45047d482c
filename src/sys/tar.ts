/** One entry of a tar archive; a path that ends in "/" is a directory. */
export interface TarEntry {
  readonly path: string;
  readonly content?: Uint8Array;
  readonly mode?: number;
  /** Makes it a symbolic link to this. */
  readonly linkTo?: string;
}

const BLOCK = 512;
/** The classic header's name field; longer paths would need an extension that no image of ours needs. */
const PATH_LENGTH_MAX = 100;

/**
 * A POSIX (ustar) archive. Owner root, time zero: the same entries give the same bytes, and so the same digest.
 *
 * @throws {RangeError} If a path has more than 100 bytes.
 */
export function tarArchive(entries: readonly TarEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const content = entry.content ?? new Uint8Array(0);
    parts.push(header(entry, content.length), content, new Uint8Array(-content.length & (BLOCK - 1)));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}

function header(entry: TarEntry, size: number): Uint8Array {
  if (Buffer.byteLength(entry.path) > PATH_LENGTH_MAX) throw new RangeError(`tar: the path is too long: ${entry.path}`);
  const directory = entry.path.endsWith("/");
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "latin1");
  };
  block.write(entry.path, 0);
  octal(entry.mode ?? (directory ? 0o755 : 0o644), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(directory ? "5" : entry.linkTo === undefined ? "0" : "2", 156);
  if (entry.linkTo !== undefined) block.write(entry.linkTo, 157, PATH_LENGTH_MAX);
  block.write("ustar\x0000", 257, "latin1");
  // The checksum counts its own field as spaces.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
