/**
 * `./knarr test`: the checks and unit tests, then whole clusters, then the real thing with containers and stock
 * kubectl. With `--nightly` the slow ones too; with a pattern only the test files whose path contains it.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { argv, env, execPath, stdout } from "node:process";
import { styleText } from "node:util";

const nightly = argv.includes("--nightly");
const [pattern] = argv.slice(2).filter((arg) => !arg.startsWith("--"));

/** Runs node on this terminal; the whole run ends with the first part that fails. */
function part(name: string, args: readonly string[]): void {
  stdout.write(`\n${styleText("bold", `== ${name}`)}\n`);
  const start = performance.now();
  const run = spawnSync(execPath, args, {
    stdio: "inherit",
    env: { ...env, ...(nightly && { KNARR_NIGHTLY: "1" }) },
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  stdout.write(`${styleText("dim", `${name}: ${seconds} s`)}\n`);
  if (run.status !== 0) process.exit(run.status ?? 1);
}

function matching(glob: string): string[] {
  return globSync(glob)
    .filter((path) => pattern === undefined || path.includes(pattern))
    .toSorted();
}

function tests(name: string, files: readonly string[], ...options: readonly string[]): void {
  if (files.length > 0) part(name, ["--test", "--test-reporter=spec", ...options, ...files]);
}

if (pattern === undefined) part("checks and unit tests", ["tools/check.ts"]);
else tests("unit tests", matching("{src,bench}/**/*.test.ts"), "--test-isolation=none");
tests("the launcher", matching("test/launcher/**/*.test.ts"));
tests("every request, in memory", matching("test/requests/**/*.test.ts"), "--test-isolation=none");
tests("whole clusters in memory", matching("test/cluster/**/*.test.ts"), "--test-isolation=none");
// The attacks measure what they cost: one after the other.
tests("the API under attack", matching("test/attack/**/*.test.ts"), "--test-concurrency=1");
tests("servers behind real sockets", matching("test/process/**/*.test.ts"), "--test-concurrency=1");
tests("stock kubectl against a cluster in memory", matching("test/kubectl/**/*.test.ts"), "--test-concurrency=1");
// What the machine does not have of these is skipped, and says so.
tests("other clients", matching("test/clients/**/*.test.ts"), "--test-concurrency=1");
// These share the machine's network and cgroups: one file after the other.
tests("real containers", matching("test/real/**/*.test.ts"), "--test-concurrency=1");
tests("stock kubectl against a running cluster", matching("test/e2e/**/*.test.ts"), "--test-concurrency=1");
