import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { importsOf, sourceFiles } from "./source_files.ts";

/** Which room may import which. The table is the map of the house (ARCHITECTURE.md). */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [], // Clock, random, back-off, heap, shapes: knows neither Kubernetes nor Node.
  api: ["base"], // What every kind is.
  sys: ["base"], // The doors out, and the only room that imports node:*.
  store: ["base", "sys"], // Keys, bytes, revisions: knows nothing of kinds.
  client: ["base", "api"], // List, watch, cache, queue, the controller runner.
  apiserver: ["base", "api", "store"], // Request to response.
  controllers: ["base", "api", "client"], // Rooms on this floor never import one another.
  scheduler: ["base", "api", "client"],
  node: ["base", "api", "client", "sys"],
  proxy: ["base", "api", "client", "sys"],
  dns: ["base", "api", "client", "sys"],
  cli: ["base", "api", "client", "sys"],
  simulation: ["base", "api", "client"],
  bin: [
    "base",
    "api",
    "sys",
    "store",
    "client",
    "apiserver",
    "controllers",
    "scheduler",
    "node",
    "proxy",
    "dns",
    "cli",
    "simulation",
  ],
};

/** Packages that compute and do not reach out: any room may use them. */
const PURE_PACKAGES = ["js-yaml", "dns-packet", "commander", "re2js"];

/** Reads the imports of `src` and compares them with the table. Tests beside the code may import anything. */
export function importTable(): string[] {
  return sourceFiles("src")
    .filter((file) => !file.path.endsWith(".test.ts") && !file.path.endsWith("_suite.ts"))
    .flatMap((file) => {
      const room = file.path.split("/")[1] ?? "";
      const allowed = ALLOWED[room];
      if (allowed === undefined) return [`${file.path}: there is no room "${room}" in tools/checks/import_table.ts`];
      return importsOf(file).flatMap((target) => refusal(file.path, room, allowed, target));
    });
}

function refusal(path: string, room: string, allowed: readonly string[], target: string): string[] {
  if (target.startsWith("node:")) {
    return room === "sys" || room === "bin"
      ? []
      : [`${path}: only src/sys imports ${target}; take it as an injected door`];
  }
  if (target.startsWith("#")) {
    const other = target.slice(1, target.indexOf("/"));
    if (other === room) return [`${path}: within a room imports are relative, not ${target}`];
    return allowed.includes(other) ? [] : [`${path}: ${room} may not import ${other} (${target})`];
  }
  if (target.startsWith(".")) {
    const file = join(dirname(path), target);
    if (!existsSync(file)) return [`${path}: ${target} does not exist`];
    return file.startsWith(`src/${room}/`) ? [] : [`${path}: leaves its room by ${target}; write #room/file.ts`];
  }
  if (room === "sys" || room === "bin" || PURE_PACKAGES.includes(target)) return [];
  return [`${path}: ${room} may not import the package ${target}; only sys and bin reach out`];
}
