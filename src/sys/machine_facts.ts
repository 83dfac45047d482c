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

/** What the machine has counted since its start, and the memory in use now. */
export interface MachineCounters {
  readonly cpuNanoseconds: bigint;
  readonly memoryBytes: number;
}

/** Linux counts processor time in hundredths of a second, whatever its own tick (proc(5), USER_HZ). */
const TICK_NANOSECONDS = 10_000_000n;

/** Reads the machine's counters; undefined on one that has no /proc, such as one in memory. */
export async function machineCounters(files: Files): Promise<MachineCounters | undefined> {
  const [stat, info] = await Promise.all([
    files.readText("/proc/stat").catch(() => ""),
    files.readText("/proc/meminfo").catch(() => ""),
  ]);
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  if (line === undefined) return undefined;
  const [user = 0n, nice = 0n, system = 0n, , , irq = 0n, softirq = 0n, steal = 0n] = line.split(" ").map(BigInt);
  const total = Number(/^MemTotal:\s+(\d+) kB$/m.exec(info)?.[1] ?? 0) * 1024;
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(info)?.[1] ?? 0) * 1024;
  return {
    cpuNanoseconds: (user + nice + system + irq + softirq + steal) * TICK_NANOSECONDS,
    memoryBytes: total - available,
  };
}
