import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What a file is and how large. */
export interface FileStat {
  readonly kind: "file" | "directory" | "symlink" | "other";
  readonly sizeBytes: number;
  /** Permission bits only, for example 0o600. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Last change of the content, milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
}

/** A file system's space, in bytes and inodes; `available` is what is left to users other than root. */
export interface FileSystemStat {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly availableBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** One name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileStat["kind"];
}

/** How a file or directory is made. `mode` holds whatever the umask says. */
export interface WriteOptions {
  readonly mode?: number;
}

/**
 * The door to the file system. Paths are absolute; all follow symbolic links except where it says so.
 * Failures reject with a FileError.
 */
export interface Files {
  /** The whole file. */
  readFile(path: string): Promise<Uint8Array>;
  /** At most `lengthMax` bytes from `offset` on; fewer at the end of the file, none beyond it. */
  readRange(path: string, offset: number, lengthMax: number): Promise<Uint8Array>;
  /** The whole file as UTF-8. */
  readText(path: string): Promise<string>;
  /**
   * Writes the whole file so that a reader, or a crash at any moment, finds the old content or the new and
   * nothing between: to a new file beside it, synced, then renamed over it. Mode 0644 unless told; when the
   * path is a symbolic link the link itself is replaced.
   */
  writeFile(path: string, content: Uint8Array | string, options?: WriteOptions): Promise<void>;
  /** Adds to the end of the file, which is made if need be. Not atomic. */
  appendFile(path: string, content: Uint8Array | string, options?: WriteOptions): Promise<void>;
  /** Makes the directory and those above it; `mode` (0755 unless told) is set on those that were made. */
  mkdir(path: string, options?: WriteOptions): Promise<void>;
  /** Removes whatever is there, with all below it; a symbolic link itself. Nothing there is no failure. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names in ascending order (UTF-16 code units); links are told as links. */
  readDirectory(path: string): Promise<readonly DirectoryEntry[]>;
  /** Makes `path` a link to `target`, replacing in one step a link that is there. */
  symlink(target: string, path: string): Promise<void>;
  /** What the link says, unresolved. */
  readLink(path: string): Promise<string>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  stat(path: string): Promise<FileStat>;
  /** Like `stat`, but of a link itself. */
  statLink(path: string): Promise<FileStat>;
  statFileSystem(path: string): Promise<FileSystemStat>;
}

/** The codes of errno(3) that callers decide on; the rest is "other". */
export type FileErrorCode =
  | "ENOENT"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "EACCES"
  | "EPERM"
  | "ENOTEMPTY"
  | "EINVAL"
  | "ELOOP"
  | "ENOSPC"
  | "EBUSY"
  | "EROFS"
  | "other";

/** Something could not be done to a file. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code: FileErrorCode;
  readonly path: string;

  constructor(action: string, path: string, code: FileErrorCode, reason: string, cause?: unknown) {
    super(`Cannot ${action} ${path}: ${reason}`, { cause });
    this.code = code;
    this.path = path;
  }
}

const CODES: readonly string[] =
  "ENOENT EEXIST ENOTDIR EISDIR EACCES EPERM ENOTEMPTY EINVAL ELOOP ENOSPC EBUSY EROFS".split(" ");

async function attempt<T>(action: string, target: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileError(action, target, CODES.includes(code) ? (code as FileErrorCode) : "other", reason, error);
  }
}

let temporaryNumber = 0;

/** A name beside `target` that no other writer in this or another process uses. */
function temporaryBeside(target: string): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}.${temporaryNumber++}.tmp`);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAtomically(target: string, content: Uint8Array | string, mode: number): Promise<void> {
  const temporary = temporaryBeside(target);
  // Never wider than asked, not even for a moment: keys are written this way.
  const handle = await fs.open(temporary, "wx", mode);
  try {
    try {
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(target));
}

async function readPart(file: string, offset: number, lengthMax: number): Promise<Uint8Array> {
  const handle = await fs.open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(lengthMax), 0, lengthMax, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

// Not Node's own recursive mkdir: where the parent is there and still takes no directory (/proc), that one never ends.
async function makeDirectories(target: string, mode: number): Promise<void> {
  try {
    await fs.mkdir(target, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await fs.stat(target)).isDirectory()) return;
    if (code !== "ENOENT" || (await isThere(dirname(target)))) throw error;
    await makeDirectories(dirname(target), mode);
    return makeDirectories(target, mode);
  }
  // The umask may have taken bits away.
  await fs.chmod(target, mode);
}

function isThere(target: string): Promise<boolean> {
  return fs.access(target).then(
    () => true,
    () => false,
  );
}

async function replaceLink(target: string, link: string): Promise<void> {
  const temporary = temporaryBeside(link);
  await fs.symlink(target, temporary);
  try {
    await fs.rename(temporary, link);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOf(entry: Typed): FileStat["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

type NodeStat = Awaited<ReturnType<typeof fs.stat>>;

function toStat(stat: Typed & Pick<NodeStat, "size" | "mode" | "uid" | "gid" | "mtimeMs">): FileStat {
  return {
    kind: kindOf(stat),
    sizeBytes: Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    modifiedMs: Number(stat.mtimeMs),
  };
}

/** The machine's own file system. */
export const nodeFiles: Files = {
  readFile: (file) => attempt("read", file, () => fs.readFile(file)),
  readRange: (file, offset, lengthMax) => attempt("read", file, () => readPart(file, offset, lengthMax)),
  readText: (file) => attempt("read", file, () => fs.readFile(file, "utf8")),
  writeFile: (file, content, options = {}) =>
    attempt("write", file, () => writeAtomically(file, content, options.mode ?? 0o644)),
  appendFile: (file, content, options = {}) =>
    attempt("append to", file, () => fs.appendFile(file, content, { mode: options.mode ?? 0o644 })),
  mkdir: (directory, options = {}) =>
    attempt("make directory", directory, () => makeDirectories(directory, options.mode ?? 0o755)),
  remove: (target) => attempt("remove", target, () => fs.rm(target, { recursive: true, force: true })),
  rename: (from, to) => attempt("rename", from, () => fs.rename(from, to)),
  exists: isThere,
  readDirectory: (directory) =>
    attempt("list", directory, async () => {
      const entries = await fs.readdir(directory, { withFileTypes: true });
      const found = entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    }),
  symlink: (target, link) => attempt("link", link, () => replaceLink(target, link)),
  readLink: (link) => attempt("read link", link, () => fs.readlink(link)),
  chmod: (target, mode) => attempt("change mode of", target, () => fs.chmod(target, mode)),
  chown: (target, uid, gid) => attempt("change owner of", target, () => fs.chown(target, uid, gid)),
  stat: (target) => attempt("stat", target, async () => toStat(await fs.stat(target))),
  statLink: (target) => attempt("stat", target, async () => toStat(await fs.lstat(target))),
  statFileSystem: (target) =>
    attempt("stat the file system of", target, async () => {
      const { bsize, blocks, bfree, bavail, files, ffree } = await fs.statfs(target);
      return {
        totalBytes: bsize * blocks,
        freeBytes: bsize * bfree,
        availableBytes: bsize * bavail,
        totalInodes: files,
        freeInodes: ffree,
      };
    }),
};
