import type { Files } from "#sys/files.ts";
import { ConfigError } from "../config_error.ts";

const LINKS_MAX = 40;

/**
 * Finds a path below a volume without ever leaving it: links are followed by hand, and one that points outside is refused.
 * What does not exist is made a directory, open to the same users as the volume itself. The result holds no link.
 *
 * @throws {ConfigError} If the path leads out of the volume.
 */
export async function resolveSubPath(files: Files, volume: string, subPath: string): Promise<string> {
  const escape = () => new ConfigError(`subpath "${subPath}" not within volume path "${volume}"`);
  let rest = subPath.split("/").filter((part) => part !== "" && part !== ".");
  const at: string[] = [];
  for (let links = 0; rest.length > 0;) {
    const [part = "", ...after] = rest;
    rest = after;
    if (part === "..") {
      if (at.pop() === undefined) throw escape();
      continue;
    }
    const path = [volume, ...at, part].join("/");
    const found = await files.statLink(path).catch(() => undefined);
    if (found?.kind === "symlink") {
      const target = await files.readLink(path);
      if (++links > LINKS_MAX || target.startsWith("/")) throw escape();
      rest = [...target.split("/").filter((each) => each !== "" && each !== "."), ...rest];
      continue;
    }
    if (found === undefined) await files.mkdir(path, { mode: (await files.stat(volume)).mode & 0o777 });
    at.push(part);
  }
  return [volume, ...at].join("/");
}
