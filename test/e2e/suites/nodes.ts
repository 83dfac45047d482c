import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Cluster, freePort, IMAGE } from "../cluster.ts";
import { httpGet, startLoad } from "../http.ts";
import type { Kubectl } from "../kubectl.ts";
import {
  budget,
  deployment,
  FOREVER,
  isReady,
  pod,
  server,
  service,
  shell,
  type List,
  type PodView,
} from "../objects.ts";
import { assertGone, traces } from "../traces.ts";
import { until } from "../until.ts";

const PORT = 32_444;
const FIRST = "e2e-nodes-1";
const SECOND = "e2e-nodes-2";
const PER_SECOND = 100;
/** From the death of a node until its pods are ready elsewhere, with --fast-failover. */
const FAILOVER_MS = 25_000;

interface NodeView {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

const isServing = ({ status }: NodeView) =>
  status.conditions.some((each) => each.type === "Ready" && each.status === "True");

/** A script for Node that prints what each address answers. */
const asking = (...urls: readonly string[]) =>
  `for (const url of ${JSON.stringify(urls)}) require("http").get(url, (r) => { let t = ""; r.on("data", (d) => (t += d)); r.on("end", () => console.log(t.trim().split(" ")[0])); });`;

/** Kills everything that runs on a node after the first: agent, containerd, and every container. */
function killNode(cluster: Cluster, number: number): void {
  const pids = [`run/agent-${number}.pid`, `node-${number}/containerd.pid`].map((file) =>
    Number(readFileSync(join(cluster.data, file), "utf8")),
  );
  const namespace = readlinkSync(`/proc/${pids[0]}/ns/net`);
  const cgroup = `knarr-${cluster.name}_${number}/`;
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      const inCgroup = readFileSync(`/proc/${name}/cgroup`, "utf8").includes(cgroup);
      if (inCgroup || readlinkSync(`/proc/${name}/ns/net`) === namespace) pids.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  for (const pid of new Set(pids)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // With its shim.
    }
  }
}

/** Two nodes on this machine. Runs alone: it kills one of them. */
export function nodes(): void {
  describe("up --nodes 2", { concurrency: 1, timeout: 300_000 }, () => {
    let cluster: Cluster;
    let kubectl: Kubectl;
    let clean: ReadonlySet<string>;
    const podsOf = async (app: string) => (await kubectl.json<List<PodView>>(`get pods -l app=${app}`)).items;
    const nodeList = async () => (await kubectl.json<List<NodeView>>("get nodes")).items;
    const on = (pods: readonly PodView[], node: string) => pods.filter(({ spec }) => spec.nodeName === node);

    before(async () => {
      clean = await traces();
      cluster = await Cluster.start("e2e-nodes", "--nodes", "2", "--fast-failover");
      kubectl = cluster.kubectl();
    });
    after(async () => {
      const made = [...(await traces())].filter((each) => !clean.has(each));
      assert.ok(made.some((each) => each.startsWith("netns knarr-")));
      await cluster.purge();
      await assertGone(made);
    });

    test("both are Ready, and pods are spread over them", async () => {
      assert.deepEqual(
        (await nodeList()).map((node) => [node.metadata.name, isServing(node)]),
        [
          [FIRST, true],
          [SECOND, true],
        ],
      );
      const ports = [{ port: 3000, targetPort: 3000, nodePort: PORT }];
      const hello = { name: "hello", image: IMAGE.v1, ports: [{ containerPort: 3000 }] };
      await kubectl.apply(deployment("hello", 4, hello), service("hello", { type: "NodePort", ports }));
      await kubectl.ok("rollout status deployment hello");
      const pods = await podsOf("hello");
      assert.deepEqual([on(pods, FIRST).length, on(pods, SECOND).length], [2, 2]);
    });

    test("pods reach each other, Services and node ports from both, and so does this machine", async () => {
      const addresses = (await nodeList()).map(({ status }) => status.addresses[0]?.address ?? "");
      const pods = await podsOf("hello");
      for (const node of [FIRST, SECOND]) {
        const [from] = on(pods, node);
        const other = pods.find(({ spec }) => spec.nodeName !== node);
        const urls = [
          `http://${other?.status.podIP}:3000`,
          "http://hello:3000",
          ...addresses.map((each) => `http://${each}:${PORT}`),
        ];
        const answers = await kubectl.ok(["exec", from?.metadata.name ?? "", "--", "node", "-e", asking(...urls)]);
        assert.equal(answers, "Hello\n".repeat(urls.length));
      }
      for (const address of ["127.0.0.1", ...addresses]) {
        for (let i = 0; i < 8; i++) assert.equal((await httpGet(`http://${address}:${PORT}`)).status, 200);
      }
    });

    test("logs, sessions and measurements come from the second as from the first", async () => {
      const name = on(await podsOf("hello"), SECOND)[0]?.metadata.name ?? "";
      assert.match(await kubectl.ok(`logs ${name}`), /^Server listen on port 3000\n/);
      assert.equal(await kubectl.ok(["exec", name, "--", "echo", "here"]), "here\n");
      assert.equal((await kubectl.run(["exec", name, "--", "sh", "-c", "exit 3"])).code, 3);
      const piped = await kubectl.run(["exec", "-i", name, "--", "cat"], { stdin: "through and back" });
      assert.equal(piped.stdout, "through and back");
      assert.match(await kubectl.fails(["exec", name, "--", "nothing"]), /"nothing": executable file not found/);
      const port = await freePort();
      const forwarding = kubectl.start(`port-forward pod/${name} ${port}:3000`);
      let told = "";
      forwarding.stdout.setEncoding("utf8").on("data", (chunk: string) => (told += chunk));
      await until("it listens", () => told.includes("Forwarding from"));
      for (let i = 0; i < 3; i++) assert.equal((await httpGet(`http://127.0.0.1:${port}`)).status, 200);
      forwarding.kill("SIGINT");
      await once(forwarding, "close");
      await until(
        "it is measured",
        async () => {
          const { stdout } = await kubectl.run("top nodes --no-headers");
          return [FIRST, SECOND].every((node) => new RegExp(`^${node} +\\d+m .* \\d+Mi`, "m").test(stdout));
        },
        90_000,
      );
    });

    test("an update loses no request at either node's port", async () => {
      const addresses = (await nodeList()).map(({ status }) => status.addresses[0]?.address ?? "");
      const loads = addresses.map((address) => startLoad(`http://${address}:${PORT}`, PER_SECOND));
      try {
        for (const image of [IMAGE.v2, IMAGE.v1]) {
          await kubectl.ok(`set image deployment hello hello=${image}`);
          await kubectl.ok("rollout status deployment hello");
        }
        const answered = loads.map((load) => load.answered);
        await until("it went on for a while", () =>
          loads.every((load, i) => load.answered > (answered[i] ?? 0) + PER_SECOND / 2),
        );
      } finally {
        await Promise.all(loads.map((load) => load.stop()));
      }
      assert.deepEqual(
        loads.map(({ failures }) => failures.slice(0, 3)),
        [[], []],
      );
    });

    test("S71: a volume is a directory of the node its pod was given, which that node removes", async () => {
      const claim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "kept" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } } },
      };
      const container = shell(`hostname > /data/who; ${FOREVER}`, {
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      });
      const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "kept" } }];
      const writer = (spec: object) => pod("writer", container, { volumes, ...spec });
      await kubectl.apply(claim, writer({ nodeSelector: { "kubernetes.io/hostname": SECOND } }));
      await kubectl.ok("wait --for=condition=Ready pod/writer --timeout=60s");
      const volume = await kubectl.ok("get pvc kept -o jsonpath={.spec.volumeName}");
      const path = join(cluster.data, "node-2/local-volumes", volume);
      assert.equal(readFileSync(join(path, "who"), "utf8"), "writer\n");
      await kubectl.ok("delete pod writer");
      await kubectl.apply(writer({}));
      await kubectl.ok("wait --for=condition=Ready pod/writer --timeout=60s");
      assert.equal(await kubectl.ok("get pod writer -o jsonpath={.spec.nodeName}"), SECOND);
      await kubectl.ok("delete pod/writer pvc/kept");
      await until("the volume is gone", async () => (await kubectl.run(`get pv ${volume}`)).code !== 0);
      assert.equal(existsSync(path), false);
    });

    test("drain empties a node as fast as the budget allows, and uncordon takes it back", async () => {
      assert.equal(await kubectl.ok(`cordon ${SECOND}`), `node/${SECOND} cordoned\n`);
      await kubectl.apply(budget("hello", 4));
      await kubectl.awaitField("pdb/hello", "{.status.currentHealthy}", "4", 60);
      const refused = await kubectl.fails(`drain ${SECOND} --ignore-daemonsets --timeout=1s`);
      assert.match(refused, /Cannot evict pod as it would violate the pod's disruption budget\./);
      assert.equal(on(await podsOf("hello"), SECOND).length, 2);
      await kubectl.ok(["patch", "pdb", "hello", "-p", '{"spec":{"minAvailable":3}}']);
      await kubectl.awaitField("pdb/hello", "{.status.disruptionsAllowed}", "1", 60);
      await kubectl.ok(`drain ${SECOND} --ignore-daemonsets --timeout=60s`);
      assert.deepEqual(on(await podsOf("hello"), SECOND), []);
      await kubectl.ok("rollout status deployment hello");
      assert.match(await kubectl.ok(`get node ${SECOND}`), /Ready,SchedulingDisabled/);
      await kubectl.ok(`uncordon ${SECOND}`);
      await kubectl.ok("delete poddisruptionbudget hello");
      await kubectl.ok("rollout restart deployment hello");
      await kubectl.ok("rollout status deployment hello");
      assert.ok(on(await podsOf("hello"), SECOND).length > 0);
    });

    test("a taint drives away what does not tolerate it; pods that avoid each other need a node each", async () => {
      const affinity = {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: "apart" } }, topologyKey: "kubernetes.io/hostname" },
          ],
        },
      };
      const tolerations = [{ key: "e2e", operator: "Exists" }];
      const template = {
        metadata: { labels: { app: "apart" } },
        spec: { affinity, tolerations, containers: [server()] },
      };
      await kubectl.apply(deployment("apart", 3, {}, { template }));
      await kubectl.awaitField("deployment/apart", "{.status.readyReplicas}", "2", 100);
      await until("the third says why it waits", async () =>
        /0\/2 nodes are available: 2 node\(s\) didn't match pod anti-affinity rules\./.test(
          await kubectl.ok("describe pods -l app=apart"),
        ),
      );
      await kubectl.ok("scale deployment apart --replicas=2");
      await kubectl.ok("rollout status deployment apart");
      const stays = on(await podsOf("apart"), SECOND)[0]?.metadata.uid;
      assert.equal(await kubectl.ok(`taint node ${SECOND} e2e=away:NoExecute`), `node/${SECOND} tainted\n`);
      await until("the others have left", async () => on(await podsOf("hello"), SECOND).length === 0);
      await kubectl.ok("rollout status deployment hello");
      assert.equal(on(await podsOf("apart"), SECOND)[0]?.metadata.uid, stays);
      assert.equal(await kubectl.ok(`taint node ${SECOND} e2e-`), `node/${SECOND} untainted\n`);
      await kubectl.ok("delete deployment apart");
      await kubectl.ok("rollout restart deployment hello");
      await kubectl.ok("rollout status deployment hello");
    });

    test("S40: a node that dies is given up: its pods are replaced, but none of a StatefulSet's twice", async () => {
      const set = { ...(deployment("db", 2, server(), { serviceName: "db" }) as object), kind: "StatefulSet" };
      await kubectl.apply(set);
      await kubectl.ok("rollout status statefulset db");
      const lost = on(await podsOf("db"), SECOND).map(({ metadata }) => metadata.uid);
      assert.equal(lost.length, 1);
      const diedAt = performance.now();
      killNode(cluster, 2);
      await until(
        "four are ready on the first node",
        async () => on(await podsOf("hello"), FIRST).filter(isReady).length === 4,
        60_000,
      );
      const tookMs = performance.now() - diedAt;
      assert.ok(tookMs < FAILOVER_MS, `replaced after ${tookMs.toFixed(0)} ms`);
      assert.match(await kubectl.ok(`get node ${SECOND}`), /NotReady/);
      for (let i = 0; i < 8; i++) assert.equal((await httpGet(`http://127.0.0.1:${PORT}`)).status, 200);
      const db = await podsOf("db");
      assert.equal(db.length, 2, "the lost pod may still run, as far as anybody knows");
      assert.deepEqual(
        db.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ metadata }) => metadata.uid),
        lost,
      );
    });

    test("a node that comes back is taken in again, and the set is whole", async () => {
      assert.match(await cluster.up(), new RegExp(`node ${SECOND} was started again`));
      await kubectl.ok(`wait --for=condition=Ready node/${SECOND} --timeout=60s`);
      await kubectl.ok("rollout status statefulset db --timeout=60s");
      const db = await podsOf("db");
      assert.deepEqual(db.map(({ metadata }) => metadata.name).toSorted(), ["db-0", "db-1"]);
      assert.ok(db.every(isReady));
    });
  });
}
