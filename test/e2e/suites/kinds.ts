import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { deployment, FOREVER, isReady, server, service, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";
import { Watched } from "../watch.ts";

/** A Deployment's body under another kind. */
function as(kind: string, name: string, more: object): object {
  const made = deployment(name, 3, server(), more) as { spec: Record<string, unknown> };
  if (kind === "DaemonSet") delete made.spec["replicas"];
  return { ...made, kind };
}

/** Rolling updates exist for three kinds; the other two besides Deployments. */
export function kinds(cluster: Cluster): void {
  describe("the other kinds that roll", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("kinds");
    const podsOf = async (name: string) => (await kubectl.json<List<PodView>>(`get pods -l app=${name}`)).items;

    test("S24 S14: a DaemonSet has one pod on each node, and rolls", async () => {
      await cluster.namespace("kinds");
      await kubectl.apply(as("DaemonSet", "rng", {}));
      assert.match(await kubectl.ok("rollout status daemonset rng"), /daemon set "rng" successfully rolled out/);
      const nodes = (await kubectl.ok("get nodes -o name")).trim().split("\n").length;
      assert.equal((await podsOf("rng")).length, nodes);
      assert.equal(
        await kubectl.ok(`set image daemonset rng server=${IMAGE.v2}`),
        "daemonset.apps/rng image updated\n",
      );
      assert.match(await kubectl.ok("rollout status daemonset rng"), /successfully rolled out/);
      const images = (await podsOf("rng")).filter(isReady).map(({ spec }) => spec.containers[0]?.image);
      assert.deepEqual([...new Set(images)], [IMAGE.v2]);
      assert.equal(await kubectl.ok("rollout undo daemonset rng"), "daemonset.apps/rng rolled back\n");
      assert.match(await kubectl.ok("rollout status daemonset rng"), /successfully rolled out/);
    });

    test("S14: a StatefulSet makes its pods in order, with names that stay, and rolls from the last", async () => {
      await kubectl.apply(
        service("db", { clusterIP: "None", ports: [{ name: "http", port: 3000 }] }),
        as("StatefulSet", "db", { serviceName: "db" }),
      );
      await kubectl.ok("rollout status statefulset db");
      assert.deepEqual(
        (await podsOf("db")).map(({ metadata }) => metadata.name),
        ["db-0", "db-1", "db-2"],
      );
      const watched = await Watched.start<PodView>(kubectl, "pods -l app=db", 3);
      assert.equal(
        await kubectl.ok(`set image statefulset db server=${IMAGE.v2}`),
        "statefulset.apps/db image updated\n",
      );
      await kubectl.ok("rollout status statefulset db");
      watched.stop();
      const deleted = watched.changes
        .filter(({ type }) => type === "DELETED")
        .map(({ object }) => object.metadata.name);
      assert.deepEqual(deleted, ["db-2", "db-1", "db-0"]);
    });

    test("S45: each pod of a StatefulSet has a name of its own in DNS", async () => {
      await kubectl.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "client" },
        spec: { containers: [shell(FOREVER)] },
      });
      await kubectl.ok("wait --for=condition=Ready pod/client --timeout=30s");
      const ip = await kubectl.ok("get pod db-1 -o jsonpath={.status.podIP}");
      const script = `require("dns").lookup("db-1.db", { family: 4 }, (e, a) => console.log(e ? e.code : a))`;
      await until("it resolves", async () => {
        return (await kubectl.ok(["exec", "client", "--", "node", "-e", script])).trim() === ip;
      });
    });

    test("S37: a StatefulSet scales down from the last", async () => {
      await kubectl.ok("scale statefulset db --replicas=1");
      await until("two are gone", async () => (await podsOf("db")).length === 1);
      assert.deepEqual(
        (await podsOf("db")).map(({ metadata }) => metadata.name),
        ["db-0"],
      );
    });
  });
}
