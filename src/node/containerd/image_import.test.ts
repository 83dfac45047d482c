import assert from "node:assert/strict";
import { test } from "node:test";
import { fullName, importArchive } from "./image_import.ts";

const names = [
  ["demo", "docker.io/library/demo:latest"],
  ["demo:v1", "docker.io/library/demo:v1"],
  ["team/demo:v1", "docker.io/team/demo:v1"],
  ["localhost/demo", "localhost/demo:latest"],
  ["host:5000/demo", "host:5000/demo:latest"],
  [
    "ghcr.io/a/b@sha256:abababababababababababababababababababababababababababababababab",
    "ghcr.io/a/b@sha256:abababababababababababababababababababababababababababababababab",
  ],
] as const;
for (const [short, full] of names) {
  test(`fullName() of ${short} is ${full}`, () => assert.equal(fullName(short), full));
}

test("importArchive() renames what came in under a short name", async () => {
  const calls: string[] = [];
  const run = async (argv: readonly string[]) => {
    calls.push(argv.slice(6).join(" "));
    const stdout =
      argv[6] === "import" ? "unpacking demo:v1 (sha256:ab)...done\nunpacking h.io/x:1 (sha256:cd)...done\n" : "";
    return { exitCode: 0, stdout, stderr: "" };
  };
  assert.deepEqual(await importArchive(run, "/s", "/a.tar"), ["docker.io/library/demo:v1", "h.io/x:1"]);
  assert.deepEqual(calls, ["import /a.tar", "tag --force demo:v1 docker.io/library/demo:v1", "rm demo:v1"]);
});
