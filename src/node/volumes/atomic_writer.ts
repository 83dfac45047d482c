import type { Clock } from "#base/clock.ts";
import { randomSuffix, type Random } from "#base/random.ts";
import type { Files } from "#sys/files.ts";
import type { Payload } from "./payload.ts";

export interface AtomicWriterDoors {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
}

/** The link to the directory that is current; what users see are links through it. */
const DATA = "..data";

/**
 * Makes the files of a volume what `payload` says, all in one step: they lie in a directory of their own, `..data` points
 * to it, and each name in the volume is a link through `..data`, so a reader sees the old state or the new one.
 *
 * @param group Owns the files, if given, and may read them.
 * @returns Whether anything changed.
 */
export async function writePayload(
  { files, clock, random }: AtomicWriterDoors,
  directory: string,
  payload: Payload,
  group: number | undefined,
): Promise<boolean> {
  const before = await currentDirectory(files, directory);
  if (before && (await holds(files, `${directory}/${before}`, payload, group))) return false;
  const stamp = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-T:]/g, "_");
  const fresh = `..${stamp}.${randomSuffix(random, 10)}`;
  await files.mkdir(`${directory}/${fresh}`);
  for (const [path, { content, mode }] of payload) {
    const file = `${directory}/${fresh}/${path}`;
    if (path.includes("/")) await files.mkdir(file.slice(0, file.lastIndexOf("/")));
    await files.appendFile(file, content);
    await files.chmod(file, withGroup(mode, group));
    if (group !== undefined) await files.chown(file, 0, group);
  }
  // From here on readers see the new state, also through the links that are there already.
  await files.symlink(fresh, `${directory}/${DATA}`);
  const names = new Set(Array.from(payload.keys(), (path) => path.split("/")[0] ?? path));
  for (const name of names) await files.symlink(`${DATA}/${name}`, `${directory}/${name}`);
  for (const { name } of await files.readDirectory(directory)) {
    if (name !== DATA && name !== fresh && !names.has(name)) await files.remove(`${directory}/${name}`);
  }
  return true;
}

function withGroup(mode: number, group: number | undefined): number {
  return group === undefined ? mode : mode | 0o440;
}

async function currentDirectory(files: Files, directory: string): Promise<string | undefined> {
  return files.readLink(`${directory}/${DATA}`).catch(() => undefined);
}

async function holds(files: Files, directory: string, payload: Payload, group: number | undefined): Promise<boolean> {
  if ((await countFiles(files, directory)) !== payload.size) return false;
  for (const [path, { content, mode }] of payload) {
    const file = `${directory}/${path}`;
    const there = await files.readFile(file).catch(() => undefined);
    if (there === undefined || !sameBytes(there, content)) return false;
    if ((await files.stat(file)).mode !== withGroup(mode, group)) return false;
  }
  return true;
}

async function countFiles(files: Files, directory: string): Promise<number> {
  let count = 0;
  for (const { name, kind } of await files.readDirectory(directory).catch(() => [])) {
    count += kind === "directory" ? await countFiles(files, `${directory}/${name}`) : 1;
  }
  return count;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
