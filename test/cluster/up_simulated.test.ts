import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import type { Node } from "#api/core/node.ts";
import { credentialsOf } from "#cli/kubeconfig.ts";
import { portIsFree } from "#sys/port.ts";

const MAIN = join(import.meta.dirname, "../../src/bin/main.ts");
const STAGES = join(import.meta.dirname, "../../examples/stages");
const NAME = "simulated-only";

test("a cluster of simulated nodes alone is up, answers, is up again unasked, and is taken away", async () => {
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
    const names = ["simulated-1", "simulated-2", "simulated-3"];
    assert.deepEqual((await nodesOf(kubeconfig)).map(({ name }) => name).toSorted(), names);

    knarr("down");
    const sinceMs = Math.floor(Date.now() / 1_000) * 1_000;
    knarr("up", "--port", String(port), "--no-merge");
    const heard = (await nodesOf(kubeconfig)).filter(({ heardAt }) => Date.parse(heardAt) >= sinceMs);
    assert.deepEqual(heard.map(({ name }) => name).toSorted(), names, "they report anew, without being asked for");
  } finally {
    knarr("down", "--purge");
    rmSync(directory, { recursive: true });
  }
});

interface SeenNode {
  readonly name: string;
  /** When it last reported. */
  readonly heardAt: string;
}

async function nodesOf(kubeconfig: string): Promise<SeenNode[]> {
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
  const { items } = JSON.parse(text) as { readonly items: readonly Node[] };
  return items.map(({ metadata, status }) => {
    const ready = status.conditions?.find(({ type }) => type === "Ready");
    return { name: metadata.name, heardAt: ready?.lastHeartbeatTime ?? "" };
  });
}
