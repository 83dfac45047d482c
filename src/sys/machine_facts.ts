import { availableParallelism, hostname, release as kernelRelease, totalmem } from "node:os";
import type { Files } from "./files.ts";
import { machine } from "./machine.ts";

/** What this machine is and has, as a node reports it. */
export interface MachineFacts {
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the file system that holds the node's data. */
  readonly storageBytes: number;
  readonly kernelVersion: string;
  /** For example `Debian GNU/Linux 12 (bookworm)`. */
  readonly osImage: string;
  /** In Go's words: `amd64` or `arm64`. */
  readonly architecture: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
}

/** Reads the machine's facts; `directory` exists. */
export async function readMachineFacts(files: Files, directory: string): Promise<MachineFacts> {
  const line = async (path: string) => (await files.readText(path).catch(() => "")).trim();
  const machineId = await line("/etc/machine-id");
  const release = await line("/etc/os-release");
  return {
    hostname: hostname().toLowerCase(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    storageBytes: (await files.statFileSystem(directory)).totalBytes,
    kernelVersion: kernelRelease(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? "Linux",
    architecture: machine.architecture === "x64" ? "amd64" : "arm64",
    machineId,
    systemUuid: (await line("/sys/class/dmi/id/product_uuid")) || machineId,
    bootId: await line("/proc/sys/kernel/random/boot_id"),
  };
}

/** Memory that could be had without swapping, in bytes (proc(5), MemAvailable). */
export async function availableMemoryBytes(files: Files): Promise<number> {
  const info = await files.readText("/proc/meminfo");
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(info)?.[1] ?? 0) * 1024;
}
