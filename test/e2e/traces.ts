import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { run } from "./run.ts";
import { until } from "./until.ts";

/** Files of Knarr and of what it runs: other programs come and go in the same directory. */
const OURS = /knarr|containerd|runc|buildah/;

/** What a cluster may leave on a machine, each as a line that says what it is. */
export async function traces(): Promise<ReadonlySet<string>> {
  const [links, tables, rules] = await Promise.all([
    run("ip", ["-o", "link"]),
    run("nft", ["list", "tables"]),
    run("ip", ["route", "show", "table", "all"]),
  ]);
  return new Set([
    ...linesOf(links.stdout).map((line) => `link ${/^\d+: ([^:@]+)/.exec(line)?.[1] ?? line}`),
    ...linesOf(tables.stdout).map((line) => `nft ${line}`),
    ...linesOf(rules.stdout).map((line) => `route ${line}`),
    ...linesOf(readFileSync("/proc/mounts", "utf8")).map((line) => `mount ${line.split(" ")[1] ?? ""}`),
    ...namesIn("/run/netns").map((name) => `netns ${name}`),
    ...namesIn("/var/run/netns").map((name) => `netns ${name}`),
    ...cgroups().map((path) => `cgroup ${path}`),
    ...processes().map((line) => `process ${line}`),
    ...namesIn("/tmp")
      .filter((name) => OURS.test(name))
      .map((name) => `file /tmp/${name}`),
    ...namesIn("/var/lib/knarr").map((name) => `file /var/lib/knarr/${name}`),
    ...namesIn("/run").map((name) => `file /run/${name}`),
  ]);
}

/** Waits until none of these is on the machine any more. */
export async function assertGone(made: readonly string[]): Promise<void> {
  let left: readonly string[] = [];
  await until("nothing is left", async () => {
    const after = await traces();
    left = made.filter((each) => after.has(each));
    return left.length === 0;
  }).catch(() => {});
  assert.deepEqual(left, []);
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter(Boolean);
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** Two levels below each hierarchy (or the one): a cluster's cgroups have one parent of its own. */
function cgroups(): readonly string[] {
  const root = "/sys/fs/cgroup";
  const directories = (path: string) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${path}/${name}`);
  return directories(root).flatMap((path) => [path, ...directories(path)]);
}

/** Programs that are Knarr's or run below it, by command line. */
function processes(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => /knarr|containerd|httpd|hello|\/pause/.test(line));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return ""; // It has ended meanwhile.
  }
}
