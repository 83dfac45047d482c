import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConfigMap, createCluster, CustomResourceDefinition, Deployment, exitAfter, Pod, Secret } from "knarr";
import { isApiError, Service, type Cluster } from "knarr";
import { Job } from "#api/batch/job.ts";
import { run } from "#test/e2e/run.ts";

/* Helm, where the machine has it: a chart with a definition, hooks and a test is installed, changed and taken back. */

const HELM = process.env["KNARR_HELM"] ?? "helm";
const CHART = fileURLToPath(new URL("chart", import.meta.url));
const version = spawnSync(HELM, ["version", "--short"], { encoding: "utf8", timeout: 60_000 });
const skip =
  version.status === 0 ? false : `not run: there is no ${HELM} here; put one on PATH or name it in $KNARR_HELM`;
const NAMESPACE = "shops";

interface Release {
  readonly revision: string | number;
  readonly status: string;
}

describe(`helm ${version.stdout?.trim() ?? ""}`, { skip, concurrency: 1 }, () => {
  const home = mkdtempSync(join(tmpdir(), "knarr-helm-"));
  let cluster: Cluster;

  before(async () => {
    const images = {
      "migrate:1": { program: exitAfter(100, 0) },
      "migrate:broken": { program: exitAfter(100, 1) },
      "check:1": { program: exitAfter(100, 0) },
    };
    cluster = await createCluster({ port: 0, clock: "real", images });
    writeFileSync(join(home, "config"), cluster.kubeconfig ?? "", { mode: 0o600 });
  });
  after(async () => {
    await cluster.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const helm = (args: string) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, KUBECONFIG: join(home, "config") };
    return run(HELM, ["--namespace", NAMESPACE, ...args.split(" ")], { env, timeoutMs: 120_000 });
  };
  const ok = async (args: string): Promise<string> => {
    const { stdout, stderr, code } = await helm(args);
    assert.equal(code, 0, `helm ${args}\n${stdout}${stderr}`);
    return stdout;
  };
  const at = (name: string) => ({ namespace: NAMESPACE, name });
  const isGone = async (read: Promise<unknown>) => {
    await assert.rejects(read, (error) => isApiError(error, "NotFound"));
  };
  const history = async () =>
    (JSON.parse(await ok("history shop -o json")) as Release[]).map(({ revision, status }) => `${revision} ${status}`);
  const image = async () => {
    const { spec, status } = await cluster.client.get(Deployment, at("shop"));
    return [spec.template.spec.containers[0]?.image, status.readyReplicas];
  };

  test("installs: definitions first, hooks around, everything ready in the end", async () => {
    const told = await ok(`install shop ${CHART} --create-namespace --wait --wait-for-jobs --timeout 60s`);
    assert.match(told, /STATUS: deployed\nREVISION: 1/);
    const { client } = cluster;
    assert.ok(await client.get(CustomResourceDefinition, { name: "shops.example.com" }));
    assert.deepEqual(await image(), ["shop:1", 2]);
    assert.equal((await client.get(Job, at("shop-migrate"))).status.succeeded, 1);
    await isGone(client.get(ConfigMap, at("shop-passing")));
    const { data } = await client.get(ConfigMap, at("shop-settings"));
    assert.deepEqual(data, { revision: "1", knows: "true" });
    assert.match(await ok("get manifest shop"), /kind: Shop/);
    assert.match(await ok("list -o json"), /"name":"shop".*"status":"deployed"/);
  });

  test("its tests run in pods and are waited for", async () => {
    assert.match(await ok("test shop --timeout 60s"), /TEST SUITE: +shop-check[^]*Phase: +Succeeded/);
    assert.equal((await cluster.client.get(Pod, at("shop-check"))).status.phase, "Succeeded");
  });

  test("upgrades, waits for the new pods, and keeps what each revision was", async () => {
    const migration = (await cluster.client.get(Job, at("shop-migrate"))).metadata.uid;
    await ok(`upgrade shop ${CHART} --set image=shop:2,replicas=3 --wait --timeout 60s`);
    assert.deepEqual(await image(), ["shop:2", 3]);
    assert.notEqual((await cluster.client.get(Job, at("shop-migrate"))).metadata.uid, migration);
    assert.deepEqual(await history(), ["1 superseded", "2 deployed"]);
    const { items } = await cluster.client.list(Secret, {
      namespace: NAMESPACE,
      labelSelector: "owner=helm,name=shop",
    });
    assert.deepEqual(
      items.map(({ metadata, type }) => [metadata.name, type]),
      [
        ["sh.helm.release.v1.shop.v1", "helm.sh/release.v1"],
        ["sh.helm.release.v1.shop.v2", "helm.sh/release.v1"],
      ],
    );
  });

  test("an upgrade whose hook fails stops there, and is taken back when that is wanted", async () => {
    const { code, stderr } = await helm(
      `upgrade shop ${CHART} --set image=shop:3,migration=migrate:broken --timeout 60s`,
    );
    assert.notEqual(code, 0);
    // The third version of Helm reads the Job's condition, the fourth its counts.
    assert.match(stderr, /pre-upgrade hooks failed: [^]*shop-migrate (failed: Backoff|not ready\. status: Failed)/);
    assert.deepEqual(await image(), ["shop:2", 3]);
    await ok("rollback shop 1 --wait --timeout 60s");
    assert.deepEqual(await image(), ["shop:1", 2]);
    assert.deepEqual((await history()).slice(1), ["2 superseded", "3 failed", "4 deployed"]);
  });

  test("a dry run on the server changes nothing", async () => {
    const told = await ok(`upgrade shop ${CHART} --set image=shop:9 --dry-run=server`);
    assert.match(told, /image: shop:9/);
    assert.deepEqual(await image(), ["shop:1", 2]);
  });

  test("uninstalls what it installed, and leaves definitions be", async () => {
    assert.match(await ok("uninstall shop --wait --timeout 60s"), /release "shop" uninstalled/);
    const { client } = cluster;
    await isGone(client.get(Deployment, at("shop")));
    await isGone(client.get(Service, at("shop")));
    assert.ok(await client.get(CustomResourceDefinition, { name: "shops.example.com" }));
    assert.equal((await ok("list -q")).trim(), "");
  });
});
