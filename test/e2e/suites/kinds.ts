import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
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

    const uidsOf = async (name: string) => (await podsOf(name)).map(({ metadata }) => metadata.uid);
    /** Of the ready pods, each once. */
    const imagesOf = async (name: string) => {
      const ready = (await podsOf(name)).filter(isReady);
      return [...new Set(ready.map(({ spec }) => spec.containers[0]?.image))];
    };
    const revisions = async (what: string) =>
      Array.from((await kubectl.ok(`rollout history ${what}`)).matchAll(/^(\d+) /gm), (match) => match[1]);

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
      assert.deepEqual(await imagesOf("rng"), [IMAGE.v2]);
    });

    test("S97-S99: a DaemonSet has a history, goes back in it, and restarts", async () => {
      assert.deepEqual(await revisions("daemonset rng"), ["1", "2"]);
      assert.match(await kubectl.ok("rollout history daemonset rng --revision=1"), /Image:\s+080196\/hello-app:v1\n/);
      assert.equal(await kubectl.ok("rollout undo daemonset rng"), "daemonset.apps/rng rolled back\n");
      assert.match(await kubectl.ok("rollout status daemonset rng"), /successfully rolled out/);
      assert.deepEqual([await revisions("daemonset rng"), await imagesOf("rng")], [["2", "3"], [IMAGE.v1]]);
      const before = await uidsOf("rng");
      assert.equal(await kubectl.ok("rollout restart daemonset rng"), "daemonset.apps/rng restarted\n");
      assert.match(await kubectl.ok("rollout status daemonset rng"), /successfully rolled out/);
      await until("no old pod is left", async () => !(await uidsOf("rng")).some((uid) => before.includes(uid)));
      assert.equal(await kubectl.ok("rollout undo daemonset rng --to-revision=2"), "daemonset.apps/rng rolled back\n");
      assert.match(await kubectl.ok("rollout status daemonset rng"), /successfully rolled out/);
      assert.deepEqual(await imagesOf("rng"), [IMAGE.v2]);
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

    test("S97-S99: a StatefulSet has a history, and goes back in it", async () => {
      assert.deepEqual(await revisions("statefulset db"), ["1", "2"]);
      assert.match(await kubectl.ok("rollout history statefulset db --revision=2"), /Image:\s+080196\/hello-app:v2\n/);
      assert.equal(await kubectl.ok("rollout undo statefulset db"), "statefulset.apps/db rolled back\n");
      await kubectl.ok("rollout status statefulset db");
      assert.deepEqual([await revisions("statefulset db"), await imagesOf("db")], [["2", "3"], [IMAGE.v1]]);
    });

    test("S14: with a partition a StatefulSet updates only the pods from that number on", async () => {
      const partition = (from: number) => {
        const patch = { spec: { updateStrategy: { rollingUpdate: { partition: from } } } };
        return kubectl.ok(["patch", "statefulset", "db", "-p", JSON.stringify(patch)]);
      };
      await partition(2);
      await kubectl.ok(`set image statefulset db server=${IMAGE.v2}`);
      assert.match(
        await kubectl.ok("rollout status statefulset db"),
        /partitioned roll out complete: 1 new pods have been updated\.\.\.\n$/,
      );
      const images = async () => (await podsOf("db")).map(({ spec }) => spec.containers[0]?.image);
      assert.deepEqual(await images(), [IMAGE.v1, IMAGE.v1, IMAGE.v2]);
      await partition(0);
      await kubectl.ok("rollout status statefulset db");
      assert.deepEqual(await images(), [IMAGE.v2, IMAGE.v2, IMAGE.v2]);
    });

    test("S45: each pod of a StatefulSet has a name of its own in DNS", async () => {
      await kubectl.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "client" },
        spec: { containers: [shell(FOREVER)] },
      });
      await kubectl.ok("wait --for=condition=Ready pod/client --timeout=100s");
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

    test("with OnDelete and Parallel pods come all at once, and a change waits for their deletion", async () => {
      const spec = {
        serviceName: "db",
        podManagementPolicy: "Parallel",
        updateStrategy: { type: "OnDelete" },
        replicas: 2,
      };
      await kubectl.apply(as("StatefulSet", "free", spec));
      await kubectl.awaitField("statefulset/free", "{.status.readyReplicas}", "2", 100);
      await kubectl.ok(`set image statefulset free server=${IMAGE.v2}`);
      const generation = await kubectl.ok("get statefulset free -o jsonpath={.metadata.generation}");
      await kubectl.awaitField("statefulset/free", "{.status.observedGeneration}", generation, 100);
      await kubectl.ok("delete pod free-1");
      await kubectl.awaitField("statefulset/free", "{.status.updatedReplicas}", "1", 100);
      await kubectl.awaitField("statefulset/free", "{.status.readyReplicas}", "2", 100);
      const images = (await podsOf("free")).map(({ metadata, spec: { containers } }) => [
        metadata.name,
        containers[0]?.image,
      ]);
      assert.deepEqual(images.toSorted(), [
        ["free-0", IMAGE.v1],
        ["free-1", IMAGE.v2],
      ]);
      await kubectl.ok("delete statefulset free --wait=false");
    });

    test("a ReplicaSet and a ReplicationController serve on each of their pods", async () => {
      const plain = as("ReplicationController", "rc", {}) as { spec: { selector: { matchLabels: object } } };
      const controller = {
        ...plain,
        apiVersion: "v1",
        spec: { ...plain.spec, selector: plain.spec.selector.matchLabels },
      };
      await kubectl.apply(as("ReplicaSet", "rs", {}), controller);
      for (const name of ["rs", "rc"]) {
        await kubectl.awaitField(`${name}/${name}`, "{.status.readyReplicas}", "3", 100);
        for (const { metadata, status } of await podsOf(name)) {
          const { body } = await httpGet(`http://${status.podIP}:3000/`);
          assert.equal(body.trim(), `v1 ${metadata.name}`);
        }
        await kubectl.ok(`delete ${name} ${name} --wait=false`);
      }
    });
  });
}
