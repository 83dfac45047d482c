import type { HostPathVolumeSource } from "#api/core/volume.ts";
import type { Files, FileStat } from "#sys/files.ts";
import { ConfigError } from "../config_error.ts";

const KINDS: Readonly<Record<string, FileStat["kind"]>> = { Directory: "directory", File: "file" };

/**
 * Sees to it that a path of the host is what the volume says.
 *
 * @throws {ConfigError} In kubelet's words.
 */
export async function checkHostPath(files: Files, { path, type = "" }: HostPathVolumeSource): Promise<void> {
  const found = await files.stat(path).catch(() => undefined);
  if (type === "") {
    // Without a type nothing is promised, but the runtime would leave a directory behind as if it had been.
    if (found === undefined) await files.mkdir(path);
    return;
  }
  const wanted = type.replace("OrCreate", "");
  if (found === undefined && type === "DirectoryOrCreate") return files.mkdir(path);
  if (found === undefined && type === "FileOrCreate") return files.appendFile(path, "");
  const kind = KINDS[wanted];
  // Sockets and devices are told apart from files and directories, not from one another.
  if (found !== undefined && found.kind === (kind ?? "other")) return;
  throw new ConfigError(`hostPath type check failed: ${path} is not a ${words(wanted)}`);
}

function words(type: string): string {
  const spoken: Readonly<Record<string, string>> = {
    Socket: "socket file",
    CharDevice: "character device",
    BlockDevice: "block device",
  };
  return spoken[type] ?? type.toLowerCase();
}
