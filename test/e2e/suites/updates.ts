import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import { deployment, isReady, server, service, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";
import { Watched } from "../watch.ts";

interface ReplicaSetView {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

/** A server as it should be: told to stop, it takes no more connections and answers what it has. */
const GRACEFUL = `
  const waiting = [];
  const { VERSION } = process.env;
  const server = require("http").createServer((request, response) => {
    if (request.url === "/until-stopped") waiting.push(response);
    else response.end(request.url === "/waiting" ? String(waiting.length) : VERSION);
  });
  server.listen(3000);
  process.on("SIGTERM", () => {
    server.close(() => process.exit(0));
    for (const response of waiting) response.end(VERSION + ", and done");
  });
`;

const REVISION = "deployment.kubernetes.io/revision";
const imageOf = ({ spec }: ReplicaSetView) => spec.template.spec.containers[0]?.image;

/** What a Deployment goes through besides one plain update. */
export function updates(cluster: Cluster): void {
  describe("updates on top of updates", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("updates");
    const podsOf = async (app: string) => (await kubectl.json<List<PodView>>(`get pods -l app=${app}`)).items;
    const setsOf = async (app: string) => (await kubectl.json<List<ReplicaSetView>>(`get rs -l app=${app}`)).items;
    const rolledOut = async (name: string) =>
      assert.match(await kubectl.ok(`rollout status deployment/${name}`), /successfully rolled out\n$/);

    test("S53 S54 S95 S96: two replicas become three and two again, and both versions serve meanwhile", async () => {
      await cluster.namespace("updates");
      await kubectl.apply(deployment("few", 2, server()));
      await rolledOut("few");
      const watched = await Watched.start<PodView>(kubectl, "pods -l app=few", 2);
      let [fewest, most, versions] = [2, 2, 1];
      watched.each((pods) => {
        fewest = Math.min(fewest, pods.filter(isReady).length);
        const images = pods.filter(isReady).map(({ spec }) => spec.containers[0]?.image);
        versions = Math.max(versions, new Set(images).size);
        most = Math.max(most, pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
      });
      await kubectl.ok(`set image deployment/few server=${IMAGE.v2}`);
      await rolledOut("few");
      watched.stop();
      assert.deepEqual({ fewest, most, versions }, { fewest: 2, most: 3, versions: 2 });
    });

    test("an update overtaken by another is given up, and the newest is what runs in the end", async () => {
      await kubectl.ok("scale deployment few --replicas=4");
      await rolledOut("few");
      await kubectl.ok(`set image deployment/few server=${IMAGE.missing}`);
      await until("it is under way", async () =>
        (await setsOf("few")).some((set) => imageOf(set) === IMAGE.missing && set.spec.replicas > 0),
      );
      await kubectl.ok(`set image deployment/few server=${IMAGE.v3}`);
      await rolledOut("few");
      const sets = (await setsOf("few")).map((set) => [
        set.metadata.annotations[REVISION],
        imageOf(set),
        set.spec.replicas,
      ]);
      assert.deepEqual(sets.toSorted(), [
        ["1", IMAGE.v1, 0],
        ["2", IMAGE.v2, 0],
        ["3", IMAGE.missing, 0],
        ["4", IMAGE.v3, 4],
      ]);
      const serving = (await podsOf("few")).filter(isReady);
      assert.deepEqual(
        serving.map(({ spec }) => spec.containers[0]?.image),
        Array(4).fill(IMAGE.v3),
      );
    });

    test("changes made while paused become one update when resumed", async () => {
      const before = await setsOf("few");
      assert.equal(await kubectl.ok("rollout pause deployment/few"), "deployment.apps/few paused\n");
      await kubectl.ok(`set image deployment/few server=${IMAGE.v1}`);
      await kubectl.ok("set env deployment/few COLOUR=blue");
      await kubectl.ok("set resources deployment/few --limits=memory=128Mi");
      const generation = await kubectl.ok("get deployment few -o jsonpath={.metadata.generation}");
      await kubectl.awaitField("deployment/few", "{.status.observedGeneration}", generation, 30);
      assert.deepEqual(
        (await setsOf("few")).map(({ metadata }) => metadata.uid),
        before.map(({ metadata }) => metadata.uid),
      );
      const refused = await kubectl.fails("rollout undo deployment/few");
      assert.match(refused, /^error: you cannot rollback a paused deployment; resume it first with/);
      assert.equal(await kubectl.ok("rollout resume deployment/few"), "deployment.apps/few resumed\n");
      await rolledOut("few");
      assert.equal((await setsOf("few")).length, before.length + 1);
      const [pod] = (await podsOf("few")).filter(isReady);
      assert.equal(await kubectl.ok(["exec", pod?.metadata.name ?? "", "--", "sh", "-c", "echo $COLOUR"]), "blue\n");
    });

    test("S113 S117: revisionHistoryLimit 0 keeps no old ReplicaSet, and nothing can be undone", async () => {
      await kubectl.ok(["patch", "deployment", "few", "-p", '{"spec":{"revisionHistoryLimit":0}}']);
      await until("the old ones are gone", async () => (await setsOf("few")).length === 1);
      assert.equal(
        await kubectl.fails("rollout undo deployment/few"),
        'error: no rollout history found for deployment "few"\n',
      );
      await kubectl.ok("rollout restart deployment/few");
      await rolledOut("few");
      await until("so is the latest", async () => (await setsOf("few")).length === 1);
    });

    test("S18: the update is done while the old pod is still Terminating", async () => {
      const stubborn = {
        terminationGracePeriodSeconds: 120,
        containers: [shell("trap '' TERM; while :; do sleep 1; done")],
      };
      const template = { metadata: { labels: { app: "lingering" } }, spec: stubborn };
      await kubectl.apply(deployment("lingering", 1, {}, { template }));
      await rolledOut("lingering");
      await kubectl.ok("rollout restart deployment/lingering");
      await rolledOut("lingering");
      assert.match(await kubectl.ok("get pods -l app=lingering"), / 1\/1 +Terminating +0 /);
      await kubectl.ok("delete deployment lingering --wait=false");
      await kubectl.ok("delete pods -l app=lingering --grace-period=1 --wait=false");
    });

    test("an update that makes no headway says so when its deadline has passed, and undo mends it", async () => {
      await kubectl.apply(deployment("late", 1, server()));
      await rolledOut("late");
      await kubectl.ok(["patch", "deployment", "late", "-p", '{"spec":{"progressDeadlineSeconds":3}}']);
      await kubectl.ok(`set image deployment/late server=${IMAGE.missing}`);
      assert.equal(
        await kubectl.fails("rollout status deployment/late"),
        'error: deployment "late" exceeded its progress deadline\n',
      );
      const progress = '{.status.conditions[?(@.type=="Progressing")]';
      const told = () =>
        kubectl.ok(["get", "deployment", "late", "-o", `jsonpath=${progress}.status} ${progress}.reason}`]);
      assert.equal(await told(), "False ProgressDeadlineExceeded");
      await kubectl.ok("rollout undo deployment/late");
      await until("it is well again", async () => (await told()) === "True NewReplicaSetAvailable");
      await kubectl.ok("delete deployment late --wait=false");
    });

    test("S20: a request under way when its pod is told to stop is still answered by it", async () => {
      const node = { image: IMAGE.v1, command: ["node", "-e", GRACEFUL], env: [{ name: "VERSION", value: "one" }] };
      const template = {
        metadata: { labels: { app: "graceful" } },
        spec: { terminationGracePeriodSeconds: 60, containers: [server(node)] },
      };
      await kubectl.apply(deployment("graceful", 1, {}, { template }), service("graceful", { type: "NodePort" }));
      await rolledOut("graceful");
      const port = await kubectl.ok("get service graceful -o jsonpath={.spec.ports[0].nodePort}");
      const answers = (path: string) => httpGet(`http://127.0.0.1:${port}${path}`, 100_000);
      const body = async () => (await answers("/").catch(() => undefined))?.body;
      await until("it answers", async () => (await body()) === "one");
      const underway = answers("/until-stopped");
      await until("the request has come", async () => (await answers("/waiting")).body === "1");
      await kubectl.ok("set env deployment/graceful VERSION=two");
      await rolledOut("graceful");
      assert.deepEqual(await underway, { status: 200, body: "one, and done" });
      await until("the new version answers", async () => (await body()) === "two");
      await kubectl.ok("delete deployment,service graceful --wait=false");
    });
  });
}
