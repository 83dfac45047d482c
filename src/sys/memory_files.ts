import { FileError } from "./files.ts";
import type { FileErrorCode, Files, FileStat, FileSystemStat } from "./files.ts";

interface Node {
  kind: "file" | "directory" | "symlink";
  content: Uint8Array;
  target: string;
  children: Map<string, Node>;
  mode: number;
  uid: number;
  gid: number;
  modifiedMs: number;
}

/** Links followed before giving up (path_resolution(7)). */
const LINKS_MAX = 40;

const REASONS: Partial<Record<FileErrorCode, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  EEXIST: "already exists",
  ENOTEMPTY: "directory not empty",
  EINVAL: "invalid argument",
  ELOOP: "too many symbolic links",
};

export interface MemoryFilesOptions {
  /** Wall clock for modification times, milliseconds since the Unix epoch. */
  readonly now?: () => number;
  readonly fileSystem?: FileSystemStat;
}

/** A file system in memory with the behaviour of `nodeFiles`, starting with an empty root directory. */
export function memoryFiles(options: MemoryFilesOptions = {}): Files {
  return new MemoryFiles(options);
}

class MemoryFiles implements Files {
  readonly #now: () => number;
  readonly #fileSystem: FileSystemStat;
  readonly #root: Node;

  constructor(options: MemoryFilesOptions) {
    this.#now = options.now ?? (() => 0);
    const bytes = 2 ** 36;
    this.#fileSystem = options.fileSystem ?? {
      totalBytes: bytes,
      freeBytes: bytes / 2,
      availableBytes: bytes / 2,
      totalInodes: 2 ** 20,
      freeInodes: 2 ** 19,
    };
    this.#root = this.#node("directory", 0o755);
  }

  async readFile(path: string): Promise<Uint8Array> {
    const node = this.#find("read", path);
    if (node.kind === "directory") throw failure("read", path, "EISDIR");
    return node.content.slice();
  }

  async readRange(path: string, offset: number, lengthMax: number): Promise<Uint8Array> {
    return (await this.readFile(path)).subarray(offset, offset + lengthMax);
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.readFile(path));
  }

  async writeFile(path: string, content: Uint8Array | string, { mode = 0o644 } = {}): Promise<void> {
    const { parent, name } = this.#parent("write", path);
    if (parent.children.get(name)?.kind === "directory") throw failure("write", path, "EISDIR");
    const node = this.#node("file", mode);
    node.content = bytesOf(content);
    parent.children.set(name, node);
  }

  async appendFile(path: string, content: Uint8Array | string, { mode = 0o644 } = {}): Promise<void> {
    const { parent, name } = this.#parent("append to", path);
    if (!parent.children.has(name)) parent.children.set(name, this.#node("file", mode));
    const node = this.#find("append to", path);
    if (node.kind === "directory") throw failure("append to", path, "EISDIR");
    const added = bytesOf(content);
    const whole = new Uint8Array(node.content.length + added.length);
    whole.set(node.content);
    whole.set(added, node.content.length);
    node.content = whole;
    node.modifiedMs = this.#now();
  }

  async mkdir(path: string, { mode = 0o755 } = {}): Promise<void> {
    let at = "";
    for (const name of split(path)) {
      const parent = this.#find("make directory", at);
      at += `/${name}`;
      if (!parent.children.has(name)) parent.children.set(name, this.#node("directory", mode));
      if (this.#find("make directory", at).kind === "directory") continue;
      throw failure("make directory", path, at === `/${split(path).join("/")}` ? "EEXIST" : "ENOTDIR");
    }
  }

  async remove(path: string): Promise<void> {
    try {
      const { parent, name } = this.#parent("remove", path);
      parent.children.delete(name);
    } catch (error) {
      if (!(error instanceof FileError && error.code === "ENOENT")) throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#parent("rename", from);
    const node = source.parent.children.get(source.name);
    if (node === undefined) throw failure("rename", from, "ENOENT");
    const goal = this.#parent("rename", to);
    const replaced = goal.parent.children.get(goal.name);
    if (replaced === node) return;
    if (replaced !== undefined) {
      if (replaced.kind === "directory" && node.kind !== "directory") throw failure("rename", from, "EISDIR");
      if (replaced.kind !== "directory" && node.kind === "directory") throw failure("rename", from, "ENOTDIR");
      if (replaced.children.size > 0) throw failure("rename", from, "ENOTEMPTY");
    }
    if (`${to}/`.startsWith(`${from}/`)) throw failure("rename", from, "EINVAL");
    source.parent.children.delete(source.name);
    goal.parent.children.set(goal.name, node);
  }

  async exists(path: string): Promise<boolean> {
    try {
      this.#find("find", path);
      return true;
    } catch {
      return false;
    }
  }

  async readDirectory(path: string) {
    const node = this.#find("list", path);
    if (node.kind !== "directory") throw failure("list", path, "ENOTDIR");
    const found = [...node.children].map(([name, { kind }]) => ({ name, kind }));
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async symlink(target: string, path: string): Promise<void> {
    const { parent, name } = this.#parent("link", path);
    if (parent.children.get(name)?.kind === "directory") throw failure("link", path, "EISDIR");
    const node = this.#node("symlink", 0o777);
    node.target = target;
    parent.children.set(name, node);
  }

  async readLink(path: string): Promise<string> {
    const node = this.#find("read link", path, { follow: false });
    if (node.kind !== "symlink") throw failure("read link", path, "EINVAL");
    return node.target;
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#find("change mode of", path).mode = mode;
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    Object.assign(this.#find("change owner of", path), { uid, gid });
  }

  async stat(path: string): Promise<FileStat> {
    return toStat(this.#find("stat", path));
  }

  async statLink(path: string): Promise<FileStat> {
    return toStat(this.#find("stat", path, { follow: false }));
  }

  async statFileSystem(path: string): Promise<FileSystemStat> {
    this.#find("stat the file system of", path);
    return this.#fileSystem;
  }

  #node(kind: Node["kind"], mode: number): Node {
    const empty = { content: new Uint8Array(), target: "", children: new Map<string, Node>() };
    return { kind, mode, ...empty, uid: 0, gid: 0, modifiedMs: this.#now() };
  }

  /** The directory that holds, or would hold, the last name of `path`. */
  #parent(action: string, path: string): { parent: Node; name: string } {
    const names = split(path);
    const name = names.pop();
    if (name === undefined) throw failure(action, path, "EINVAL");
    const parent = this.#find(action, `/${names.join("/")}`);
    if (parent.kind !== "directory") throw failure(action, path, "ENOTDIR");
    return { parent, name };
  }

  #find(action: string, path: string, { follow = true } = {}): Node {
    let links = 0;
    let rest = split(path);
    let trail: Node[] = [this.#root];
    while (rest.length > 0) {
      const [name = "", ...after] = rest;
      rest = after;
      if (name === ".." && trail.length > 1) trail.pop();
      if (name === "..") continue;
      const here = trail.at(-1) ?? this.#root;
      if (here.kind !== "directory") throw failure(action, path, "ENOTDIR");
      const next = here.children.get(name);
      if (next === undefined) throw failure(action, path, "ENOENT");
      if (next.kind !== "symlink" || (rest.length === 0 && !follow)) {
        trail.push(next);
        continue;
      }
      if (++links > LINKS_MAX) throw failure(action, path, "ELOOP");
      if (next.target.startsWith("/")) trail = [this.#root];
      rest = [...split(next.target), ...rest];
    }
    return trail.at(-1) ?? this.#root;
  }
}

function split(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
}

function failure(action: string, path: string, code: FileErrorCode): FileError {
  return new FileError(action, path, code, `${code}: ${REASONS[code] ?? code}`);
}

function toStat(node: Node): FileStat {
  const { kind, mode, uid, gid, modifiedMs } = node;
  const sizeBytes = kind === "symlink" ? node.target.length : node.content.length;
  return { kind, sizeBytes, mode, uid, gid, modifiedMs };
}
