import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { credentialsOf } from "#cli/kubeconfig.ts";
import { portIsFree } from "#sys/port.ts";

const MAIN = join(import.meta.dirname, "../../src/bin/main.ts");
const STAGES = join(import.meta.dirname, "../../examples/stages");
const NAME = "simulated-only";

test("a cluster of simulated nodes alone is up, answers, and is taken away again", async () => {
  const directory = mkdtempSync(join(tmpdir(), "knarr-simulated-"));
  const which = ["--name", NAME, "--data-dir", join(directory, "data")];
  const knarr = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(execPath, [MAIN, ...args, ...which], { timeout: 90_000 });
    assert.equal(status, 0, stderr.toString());
    return stdout.toString();
  };
  let port = 21_000 + Math.floor(performance.timeOrigin % 5_000);
  while (!(await portIsFree(port))) port++;
  try {
    const nodes = ["--nodes", "0", "--simulated-nodes", "3", "--stages", STAGES];
    const state = JSON.parse(knarr("up", ...nodes, "--port", String(port), "--no-merge", "--json")) as object;
    assert.equal("phase" in state && state.phase, "ready");
    const kubeconfig = readFileSync(join(directory, "data/kubeconfig"), "utf8");
    assert.deepEqual(await nodeNames(kubeconfig), ["simulated-1", "simulated-2", "simulated-3"]);
  } finally {
    knarr("down", "--purge");
    rmSync(directory, { recursive: true });
  }
});

async function nodeNames(kubeconfig: string): Promise<string[]> {
  const { server, ca, cert, key } = credentialsOf(kubeconfig, NAME);
  const { request } = await import("node:https");
  const text = await new Promise<string>((resolve, reject) => {
    request(`${server}/api/v1/nodes`, { ca, cert, key, headers: { connection: "close" } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve(body));
    })
      .on("error", reject)
      .end();
  });
  const { items } = JSON.parse(text) as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
  return items.map(({ metadata }) => metadata.name).toSorted();
}
