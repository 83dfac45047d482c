import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import { deployment, FOREVER, pod, server, service, shell, type PodView } from "../objects.ts";
import { run } from "../run.ts";
import { until } from "../until.ts";

const IMAGE = "knarr.test/randomizer:v4";
/** How long the slow version takes for an answer, and how many are asked for, one after the other. */
const SLOW_MS = 100;
const REQUESTS = 10;

/** Another machine: a network namespace with a cable to this one and no other way (addresses of RFC 5737). */
const OUTSIDE = { namespace: "knarr-outside", here: "203.0.113.1", there: "203.0.113.2" } as const;

/** What a container is: an image made here, processes and addresses of its own, and as fast as what is in it. */
export function containers(cluster: Cluster): void {
  describe("containers", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("containers");

    test("S91: an image built here runs without a registry", async () => {
      await cluster.namespace("containers");
      const directory = mkdtempSync(join(tmpdir(), "knarr-randomizer-"));
      try {
        writeFileSync(join(directory, "answer.txt"), "four\n");
        writeFileSync(join(directory, "Dockerfile"), "FROM localhost/knarr/node:24\nCOPY answer.txt /answer.txt\n");
        await cluster.knarrOk("image", "build", directory, "-t", IMAGE);
      } finally {
        rmSync(directory, { recursive: true });
      }
      assert.match(await cluster.knarrOk("image", "list"), /^knarr\.test\/randomizer:v4 /m);
      await kubectl.apply(pod("randomizer", shell(`cat /answer.txt; ${FOREVER}`, { image: IMAGE })));
      await kubectl.ok("wait --for=condition=Ready pod/randomizer --timeout=60s");
      assert.equal(await kubectl.ok("logs randomizer"), "four\n");
    });

    test("S27: in a container there are its own processes, and no others", async () => {
      const containersOf = [shell(FOREVER), { ...shell("exec sleep 424242"), name: "beside" }];
      await kubectl.apply(pod("two", {}, { containers: containersOf, terminationGracePeriodSeconds: 1 }));
      await kubectl.ok("wait --for=condition=Ready pod/two --timeout=60s");
      const look = () => kubectl.ok(["exec", "two", "-c", "main", "--", "ps", "-o", "pid,args"]);
      await until("its script has come to its sleep", async () => (await look()).includes("sleep 1000000\n"));
      const seen = await look();
      const [, ...processes] = seen.trim().split("\n");
      assert.match(processes[0] ?? "", /^ *1 sh -c trap/, "what the image starts is process 1");
      assert.deepEqual(
        processes.slice(1).map((line) => line.trim().replace(/^\d+ /, "")),
        ["sleep 1000000", "ps -o pid,args"],
      );
      assert.match(await kubectl.ok(["exec", "two", "-c", "beside", "--", "ps"]), /^ *1 .* sleep 424242$/m);
    });

    test("S21: a new version that is slower is seen to be by whoever asks", async () => {
      const answering = (ms: number) =>
        `process.on("SIGTERM", () => process.exit(0)); require("http").createServer((q, r) => setTimeout(() => r.end("ok"), ${ms})).listen(3000)`;
      const version = (ms: number) => server({ command: ["node", "-e", answering(ms)] });
      const timed = async () => {
        const start = performance.now();
        for (let i = 0; i < REQUESTS; i++) assert.equal((await httpGet(await url())).status, 200);
        return performance.now() - start;
      };
      const url = async () => {
        const ip = await kubectl.ok("get service miner -o jsonpath={.spec.clusterIP}");
        return `http://${ip}/`;
      };
      await kubectl.apply(deployment("miner", 1, version(0)));
      await kubectl.apply(service("miner", { selector: { app: "miner" }, ports: [{ port: 80, targetPort: 3000 }] }));
      await kubectl.ok("rollout status deployment miner --timeout=60s");
      await kubectl.apply(deployment("miner", 1, version(SLOW_MS)));
      await kubectl.ok("rollout status deployment miner --timeout=60s");
      await until("the old version is gone", async () => {
        const { items } = await kubectl.json<{ items: unknown[] }>("get pods -l app=miner");
        return items.length === 1;
      });
      const slow = await timed();
      assert.ok(slow >= REQUESTS * SLOW_MS, `${REQUESTS} answers of the slow version took ${slow} ms`);
    });
  });

  describe("from another machine", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("outside");
    after(async () => {
      await run("ip", ["netns", "delete", OUTSIDE.namespace]);
    });
    const ip = async (...args: readonly string[]) => {
      const { code, stderr } = await run("ip", args);
      assert.equal(code, 0, `ip ${args.join(" ")}: ${stderr}`);
    };
    /** What comes of a connection from out there: `open`, or the error's code. */
    const connect = async (host: string, port: number) => {
      const script = `const s = require("net").connect(${port}, "${host}", () => { console.log("open"); s.destroy(); });
        s.setTimeout(5000, () => s.destroy(new Error("silence"))).on("error", (e) => console.log(e.code ?? e.message))`;
      const { stdout } = await run("ip", ["netns", "exec", OUTSIDE.namespace, process.execPath, "-e", script]);
      return stdout.trim();
    };

    test("S42: a pod's address works in the cluster alone; the node port is for the others", async () => {
      await cluster.namespace("outside");
      await kubectl.apply(deployment("web", 1, server()));
      await kubectl.apply(
        service("web", { type: "NodePort", selector: { app: "web" }, ports: [{ port: 80, targetPort: 3000 }] }),
      );
      await kubectl.ok("rollout status deployment web --timeout=60s");
      const { namespace, here, there } = OUTSIDE;
      await ip("netns", "add", namespace);
      await ip("link", "add", "knarr-out0", "type", "veth", "peer", "name", "eth0", "netns", namespace);
      await ip("address", "add", `${here}/30`, "dev", "knarr-out0");
      await ip("link", "set", "knarr-out0", "up");
      await ip("-n", namespace, "address", "add", `${there}/30`, "dev", "eth0");
      await ip("-n", namespace, "link", "set", "eth0", "up");

      const nodePort = Number(await kubectl.ok("get service web -o jsonpath={.spec.ports[0].nodePort}"));
      const [web] = (await kubectl.json<{ items: PodView[] }>("get pods -l app=web")).items;
      const podIP = web?.status.podIP ?? "";
      await until("the node port answers", async () => (await connect(here, nodePort)) === "open");
      assert.equal(await connect(podIP, 3000), "ENETUNREACH");
      assert.equal((await httpGet(`http://${podIP}:3000/`)).status, 200, "the node is part of the cluster");
    });
  });
}
