import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, type Cluster } from "../cluster.ts";
import { deployment, isReady, server, service, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

/** Single commands on objects that run. */
export function commands(cluster: Cluster): void {
  describe("what a user changes by command", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("commands");
    const podNames = async (app: string) =>
      (await kubectl.ok(`get pods -l app=${app} -o name`)).trim().split("\n").toSorted();
    const uidOf = (what: string) => kubectl.ok(`get ${what} -o jsonpath={.metadata.uid}`);
    const file = (name: string, object: object) => {
      const path = join(cluster.directory, `commands-${name}.json`);
      writeFileSync(path, JSON.stringify(object));
      return path;
    };

    test("S25: diff shows what apply would change, by its exit code too, and changes nothing", async () => {
      await cluster.namespace("commands");
      const path = file("web", deployment("web", 1, server()));
      await kubectl.ok(["apply", "-f", path]);
      assert.equal(await kubectl.ok(["diff", "-f", path]), "");
      file("web", deployment("web", 1, server({ image: IMAGE.v2 })));
      const { stdout, code } = await kubectl.run(["diff", "-f", path]);
      assert.equal(code, 1, "there is a difference");
      assert.match(stdout, /^- +(?:- )?image: 080196\/hello-app:v1$/m);
      assert.match(stdout, /^\+ +(?:- )?image: 080196\/hello-app:v2$/m);
      assert.equal(await kubectl.ok("get deployment web -o jsonpath={.metadata.generation}"), "1");
      assert.equal(await kubectl.ok(["apply", "-f", path]), "deployment.apps/web configured\n");
      assert.match(await kubectl.ok("rollout status deployment web"), /successfully rolled out/);
    });

    test("S94: edit of an image in an editor rolls", async () => {
      const editor = join(cluster.directory, "commands-editor.sh");
      writeFileSync(editor, `#!/bin/sh\nsed -i 's|image: ${IMAGE.v2}|image: ${IMAGE.v3}|' "$1"\n`, { mode: 0o755 });
      const env = { ...kubectl.env, EDITOR: editor };
      assert.equal(await kubectl.ok("edit deployment/web", { env }), "deployment.apps/web edited\n");
      assert.match(await kubectl.ok("rollout status deployment/web"), /successfully rolled out/);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=web");
      assert.deepEqual(
        items.filter(isReady).map(({ spec }) => spec.containers[0]?.image),
        [IMAGE.v3],
      );
    });

    test("scale holds only when there are as many as --current-replicas says", async () => {
      assert.match(
        await kubectl.fails("scale deployment/web --current-replicas=7 --replicas=2"),
        /^error: .*Expected replicas to be 7, was 1\n$/i,
      );
      assert.equal(await kubectl.ok("get deployment web -o jsonpath={.spec.replicas}"), "1");
      const printed = await kubectl.ok("scale deployment/web --current-replicas=1 --replicas=2");
      assert.equal(printed, "deployment.apps/web scaled\n");
      assert.match(await kubectl.ok("rollout status deployment web"), /successfully rolled out/);
    });

    test("set resources and set serviceaccount change the template, and the pods have it", async () => {
      await kubectl.ok("create serviceaccount robot");
      assert.equal(
        await kubectl.ok("set resources deployment web --requests=cpu=10m,memory=16Mi --limits=memory=128Mi"),
        "deployment.apps/web resource requirements updated\n",
      );
      assert.equal(
        await kubectl.ok("set serviceaccount deployment web robot"),
        "deployment.apps/web serviceaccount updated\n",
      );
      assert.match(await kubectl.ok("rollout status deployment web"), /successfully rolled out/);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=web");
      const [name] = items.filter(isReady).map(({ metadata }) => metadata.name);
      const path = "{.spec.serviceAccountName} {.spec.containers[0].resources.limits.memory}";
      assert.equal(await kubectl.ok(["get", "pod", name ?? "", "-o", `jsonpath=${path}`]), "robot 128Mi");
    });

    test("S65 S103: set selector switches a Service from one Deployment to another at once", async () => {
      await kubectl.apply(
        deployment("green", 1, server({ env: [{ name: "VERSION", value: "green" }] })),
        service("web"),
      );
      await kubectl.ok("rollout status deployment green");
      const addresses = async () => {
        const path = "{.items[*].endpoints[*].addresses[0]}";
        return kubectl.ok(`get endpointslices -l kubernetes.io/service-name=web -o jsonpath=${path}`);
      };
      await until("the two of web serve", async () => (await addresses()).split(" ").length === 2);
      assert.equal(await kubectl.ok("set selector service web app=green"), "service/web selector updated\n");
      const green = await kubectl.ok("get pods -l app=green -o jsonpath={.items[*].status.podIP}");
      await until("green serves alone", async () => (await addresses()) === green);
    });

    test("replace --force deletes the object and makes it anew", async () => {
      const [object, pods] = [await uidOf("deployment/green"), await podNames("green")];
      const path = file("green", deployment("green", 1, server()));
      const printed = await kubectl.ok(["replace", "--force", "-f", path]);
      assert.match(printed, /^deployment\.apps "green" deleted.*\ndeployment\.apps\/green replaced\n$/);
      assert.notEqual(await uidOf("deployment/green"), object);
      assert.match(await kubectl.ok("rollout status deployment green"), /successfully rolled out/);
      await until(
        "the former pods are gone",
        async () => !(await podNames("green")).some((name) => pods.includes(name)),
      );
    });

    test("delete --cascade=orphan leaves what it owned, and one made anew takes it over", async () => {
      const pods = await podNames("green");
      await kubectl.ok("delete deployment green --cascade=orphan");
      await until("the owner is gone", async () => (await kubectl.run("get deployment green")).code !== 0);
      await until("its ReplicaSet has none", async () => {
        return (await kubectl.ok("get rs -l app=green -o jsonpath={.items[*].metadata.ownerReferences}")) === "";
      });
      assert.deepEqual(await podNames("green"), pods);
      await kubectl.apply(deployment("green", 1, server()));
      assert.match(await kubectl.ok("rollout status deployment green"), /successfully rolled out/);
      assert.deepEqual(await podNames("green"), pods, "the same pods");
    });

    test("S102 S100: a ReplicaSet or ReplicationController keeps its number, but does not roll", async () => {
      const plain = (kind: string, apiVersion: string, name: string) => {
        const made = deployment(name, 2, server()) as { spec: Record<string, unknown> };
        const selector = kind === "ReplicaSet" ? made.spec["selector"] : { app: name };
        return { ...made, kind, apiVersion, spec: { ...made.spec, selector } };
      };
      await kubectl.apply(
        plain("ReplicaSet", "apps/v1", "set"),
        plain("ReplicationController", "v1", "old"),
        service("set"),
      );
      await kubectl.awaitField("rs/set", "{.status.readyReplicas}", "2", 100);
      await kubectl.awaitField("rc/old", "{.status.readyReplicas}", "2", 100);
      const pods = await podNames("set");
      await kubectl.ok(`set image rs/set server=${IMAGE.v2}`);
      assert.equal(await kubectl.ok("scale rs/set --replicas=3"), "replicaset.apps/set scaled\n");
      await kubectl.awaitField("rs/set", "{.status.readyReplicas}", "3", 100);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=set");
      const images = items.map(({ metadata, spec }) => [
        pods.includes(`pod/${metadata.name}`),
        spec.containers[0]?.image,
      ]);
      assert.deepEqual(images.toSorted(), [
        [false, IMAGE.v2],
        [true, IMAGE.v1],
        [true, IMAGE.v1],
      ]);
      assert.match(await kubectl.fails("rollout status rs/set"), /no status viewer has been implemented for/);
      await kubectl.ok("delete rs/set rc/old --wait=false");
    });
  });
}
