import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import { deployment, service, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

/** A server of the application: it answers `/ROLE?command=value` by a function of those two. */
const tier = (answer: string) =>
  `const entries = []; process.on("SIGTERM", () => process.exit(0));
  const ask = async (url) => (await fetch(url, { headers: { connection: "close" } })).text();
  const answer = async (command, value) => { ${answer} };
  require("http").createServer(async (request, response) => {
    const [[command = "", value = ""] = []] = new URL(request.url, "http://x").searchParams;
    try { response.end(await answer(command, value)); }
    catch (error) { response.statusCode = 502; response.end(String(error)); }
  }).listen(3000);`;

const container = (answer: string) => ({
  name: "server",
  image: IMAGE.v1,
  command: ["node", "-e", tier(answer)],
  ports: [{ containerPort: 3000 }],
  readinessProbe: { tcpSocket: { port: 3000 }, periodSeconds: 1 },
});

/** One pod keeps the entries, two read them from it, three speak to the world: they find each other by name. */
const LEADER = container(`if (command === "add") entries.push(value); return JSON.stringify(entries);`);
const FOLLOWER = container(`return ask("http://leader/");`);
const FRONTEND = container(
  `return ask(command === "add" ? "http://leader/?add=" + encodeURIComponent(value) : "http://follower/");`,
);

export function guestbook(cluster: Cluster): void {
  describe("a guestbook of three tiers", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("guestbook");
    const objects = [
      deployment("leader", 1, LEADER),
      service("leader"),
      deployment("follower", 2, FOLLOWER),
      service("follower"),
      deployment("frontend", 3, FRONTEND),
      service("frontend", { type: "NodePort" }),
    ];
    const manifest = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });

    test("create brings up every tier, and its parts find each other by their names", async () => {
      await cluster.namespace("guestbook");
      await kubectl.ok("create -f -", { stdin: manifest });
      for (const name of ["leader", "follower", "frontend"]) {
        await kubectl.ok(`rollout status deployment ${name} --timeout=120s`);
      }
      const { items } = await kubectl.json<List<PodView>>("get pods");
      assert.equal(items.length, 6);
      const port = await kubectl.ok("get service frontend -o jsonpath={.spec.ports[0].nodePort}");
      const ask = async (query: string) => (await httpGet(`http://127.0.0.1:${port}/${query}`)).body;
      await until("an empty guestbook is shown", async () => (await ask("")) === "[]", 60_000);
      assert.equal(await ask("?add=TestEntry"), '["TestEntry"]');
      // Asked again and again, other pods of each tier answer.
      for (let i = 0; i < 10; i++) assert.equal(await ask(""), '["TestEntry"]');
    });

    test("delete stops all of it", async () => {
      await kubectl.ok("delete --grace-period=0 --force -f -", { stdin: manifest });
      const isEmpty = async () => (await kubectl.ok("get deployments,replicasets,pods,services -o name")) === "";
      await until("nothing is left of it", isEmpty, 60_000);
    });
  });
}
