import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createCluster, type FakeImage } from "knarr";

/*
 * Clients in other languages, where the machine has them. Nothing is fetched: Go's modules and Python's package must be
 * there (`go mod download` in go/; `pip install kubernetes`, the interpreter named in $KNARR_PYTHON).
 */

const CLIENTS = new URL("./", import.meta.url);
const directory = mkdtempSync(join(tmpdir(), "knarr-clients-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const python = process.env["KNARR_PYTHON"] ?? "python3";
const hasPython = spawnSync(python, ["-c", "import kubernetes"], { timeout: 60_000 }).status === 0;

/** Where the Go program was built to; undefined where it cannot be. */
function goProgram(): string | undefined {
  const program = join(directory, "client");
  const cwd = fileURLToPath(new URL("go/", CLIENTS));
  const env = { ...process.env, GOPROXY: "off", GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local" };
  const built = spawnSync("go", ["build", "-o", program, "."], { cwd, env, timeout: 300_000 });
  return built.status === 0 ? program : undefined;
}
/** Linking it takes half a minute. */
const isNightly = process.env["KNARR_NIGHTLY"] === "1";
const go = isNightly ? goProgram() : undefined;

/** A container that says something, and more when asked. */
const TALKER: FakeImage = {
  program: (process) => process.print("up and running"),
  exec: ([command]) => (command === "greet" ? { exitCode: 0, stdout: "hello\n" } : "missing"),
};

/** What a program prints when it is given a kubeconfig of a cluster of its own. */
async function outputOf(command: readonly [string, ...string[]]): Promise<string[]> {
  await using cluster = await createCluster({ port: 0, clock: "real", images: { "app:1": TALKER } });
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfig ?? "", { mode: 0o600 });
  const [program, ...args] = command;
  const child = spawn(program, [...args, kubeconfig], { stdio: ["ignore", "pipe", "pipe"] });
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = "";
    for await (const chunk of stream) text += chunk;
    return text;
  });
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout = "", stderr = ""] = await Promise.all(texts);
  assert.equal(await code, 0, stderr);
  return stdout.trim().split("\n");
}

const noPython = hasPython ? false : `not run: ${python} has no package kubernetes`;
test(
  "the Python client watches, pages, patches, applies, rolls out, and runs commands in pods",
  { skip: noPython },
  async () => {
    const printed = await outputOf([python, fileURLToPath(new URL("client.py", CLIENTS))]);
    assert.deepEqual(printed, [
      "watched ADDED",
      "patched ['a', 'c']",
      "applied ['a', 'c', 'e']",
      "gone 404",
      "paged [2, 2, 1] 5",
      "deleted 5",
      "ready 2",
      "exec hello",
      "log up and running",
    ]);
  },
);

const whyNoGo = isNightly ? "client-go cannot be built on this machine without fetching it" : "only with --nightly";
const noGo = go === undefined ? `not run: ${whyNoGo}` : false;
test("client-go's informers, pages and metadata come in protobuf", { skip: noGo }, async () => {
  const printed = await outputOf([go ?? ""]);
  assert.deepEqual(printed, ["informer added updated deleted", "paged 25", "metadata 25"]);
});
