import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createConnection } from "node:net";
import type { Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import { deployment, FOREVER, isReady, pod, server, service, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

/** Resolves a name as programs in a pod do (libc), or by record type with Node's resolver. */
const lookup = (name: string) =>
  `require("dns").lookup("${name}", { family: 4 }, (e, a) => console.log(e ? e.code : a))`;
const resolve = (type: string, name: string) =>
  `require("dns").resolve("${name}", "${type}", (e, a) => console.log(e ? e.code : JSON.stringify(a)))`;
const fetched = (url: string) =>
  `fetch("${url}").then((r) => r.text()).then((t) => console.log(t.trim()), (e) => console.log(e.cause.code))`;

export function network(cluster: Cluster): void {
  describe("the network", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("network");
    const node = async (script: string) => (await kubectl.ok(["exec", "client", "--", "node", "-e", script])).trim();

    test("S41 S43: each pod has an address and a port space of its own, and answers others", async () => {
      await cluster.namespace("network");
      await kubectl.apply(pod("client", shell(FOREVER)), deployment("web", 3, server()));
      await kubectl.ok("wait --for=condition=Ready pod/client --timeout=60s");
      await kubectl.ok("rollout status deployment web");
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=web");
      const ips = items.map(({ status }) => status.podIP ?? "");
      assert.equal(new Set(ips).size, 3);
      for (const ip of ips) assert.match(await node(fetched(`http://${ip}:3000/`)), /^v1 web-/);
      assert.match(await kubectl.ok("get pods -l app=web -o wide"), /NODE +NOMINATED NODE/);
    });

    test("S44: expose makes a Service whose address spreads connections over the pods", async () => {
      assert.equal(await kubectl.ok("expose deployment web --port=80 --target-port=3000"), "service/web exposed\n");
      const ip = await kubectl.ok("get service web -o jsonpath={.spec.clusterIP}");
      await until("it answers", async () => (await node(fetched(`http://${ip}/`))).startsWith("v1 web-"));
      const many = `(async () => { for (let i = 0; i < 40; i++) console.log(await (await fetch("http://${ip}/", { headers: { connection: "close" } })).text()); })()`;
      const names = new Set((await node(many)).split("\n").filter(Boolean));
      assert.equal(names.size, 3, "all three pods answered");
    });

    test("S45: a Service's name is a host name, short or in full; others do not resolve", async () => {
      const ip = await kubectl.ok("get service web -o jsonpath={.spec.clusterIP}");
      for (const name of ["web", "web.network", "web.network.svc", "web.network.svc.cluster.local"]) {
        assert.equal(await node(lookup(name)), ip, name);
      }
      assert.match(await node(fetched("http://web/")), /^v1 web-/);
      assert.equal(await node(lookup("nothing.network.svc.cluster.local")), "ENOTFOUND");
      const api = await kubectl.ok("get service kubernetes -n default -o jsonpath={.spec.clusterIP}");
      assert.equal(await node(lookup("kubernetes.default")), api);
    });

    test("headless Services, ports and addresses have their records", async () => {
      await kubectl.apply(
        service("all", { clusterIP: "None", selector: { app: "web" }, ports: [{ name: "http", port: 3000 }] }),
      );
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=web");
      const ips = items.map(({ status }) => status.podIP ?? "").toSorted();
      await until(
        "its slices are known",
        async () => (await node(resolve("A", "all.network.svc.cluster.local"))) !== "ENOTFOUND",
      );
      const found = JSON.parse(await node(resolve("A", "all.network.svc.cluster.local"))) as string[];
      assert.deepEqual(found.toSorted(), ips);
      const ports = JSON.parse(await node(resolve("SRV", "_http._tcp.all.network.svc.cluster.local"))) as {
        port: number;
      }[];
      assert.deepEqual(
        ports.map(({ port }) => port),
        [3000, 3000, 3000],
      );
      assert.equal(await node(resolve("AAAA", "web.network.svc.cluster.local")), "ENODATA");
      const ip = await kubectl.ok("get service web -o jsonpath={.spec.clusterIP}");
      const reverse = `require("dns").reverse("${ip}", (e, a) => console.log(e ? e.code : a[0]))`;
      assert.equal(await node(reverse), "web.network.svc.cluster.local");
    });

    test("S46: a node port the system picks answers on this machine", async () => {
      await kubectl.ok(["patch", "service", "web", "-p", '{"spec":{"type":"NodePort"}}']);
      const port = Number(await kubectl.ok("get service web -o jsonpath={.spec.ports[0].nodePort}"));
      assert.ok(port >= 30_000 && port <= 32_767, `${port}`);
      await until("it answers", () =>
        httpGet(`http://127.0.0.1:${port}`).then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
      const names = new Set<string>();
      for (let i = 0; i < 40; i++) names.add((await httpGet(`http://127.0.0.1:${port}`)).body);
      assert.equal(names.size, 3);
    });

    test("without endpoints a connection is refused at once, not left to time out", async () => {
      await kubectl.apply(service("empty", { type: "NodePort", ports: [{ port: 80, nodePort: 32_222 }] }));
      const ip = await kubectl.ok("get service empty -o jsonpath={.spec.clusterIP}");
      await until("the pod is refused", async () => (await node(fetched(`http://${ip}/`))) === "ECONNREFUSED");
      const startedAt = performance.now();
      const code = await new Promise<string>((done) =>
        createConnection(32_222, "127.0.0.1")
          .once("connect", () => done("connected"))
          .once("error", (error) => done("code" in error ? String(error.code) : error.message)),
      );
      assert.equal(code, "ECONNREFUSED");
      assert.ok(performance.now() - startedAt < 1_000);
    });

    test("a pod reaches itself through its own Service", async () => {
      await kubectl.ok("scale deployment web --replicas=1");
      await kubectl.awaitField("deployment/web", "{.status.replicas}", "1", 30);
      const ip = await kubectl.ok("get service web -o jsonpath={.spec.clusterIP}");
      await until("one is left", async () => {
        const { items } = await kubectl.json<List<PodView>>("get pods -l app=web");
        return items.filter(isReady).length === 1 && items.length === 1;
      });
      const answer = await kubectl.ok(["exec", "deploy/web", "--", "node", "-e", fetched(`http://${ip}/`)]);
      assert.match(answer, /^v1 web-/);
    });

    test("an alias leads outside", async () => {
      await kubectl.apply(
        service("out", {
          type: "ExternalName",
          externalName: "web.network.svc.cluster.local",
          selector: null,
          ports: null,
        }),
      );
      const ip = await kubectl.ok("get service web -o jsonpath={.spec.clusterIP}");
      await until("it resolves", async () => (await node(lookup("out"))) === ip);
    });
  });
}
