import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cluster } from "../cluster.ts";
import { deployment, FOREVER, isReady, pod, server, service, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

const every = { periodSeconds: 1, failureThreshold: 1 };

export function probes(cluster: Cluster): void {
  describe("probes", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("probes");
    const addresses = async (name: string) => {
      const path = "{range .items[*].endpoints[?(@.conditions.ready==true)]}{.addresses[0]} {end}";
      const selected = ["get", "endpointslices", "-l", `kubernetes.io/service-name=${name}`];
      const found = await kubectl.ok([...selected, "-o", `jsonpath=${path}`]);
      return found.split(" ").filter(Boolean);
    };

    test("S60: only a pod that answers joins the Service, and one that fails later leaves it", async () => {
      await cluster.namespace("probes");
      const gated = server({ readinessProbe: { httpGet: { path: "/ready.txt", port: 3000 }, ...every } });
      await kubectl.apply(deployment("gated", 2, gated), service("gated"));
      await until("both run", async () => {
        const { items } = await kubectl.json<List<PodView>>("get pods -l app=gated");
        return items.length === 2 && items.every(({ status }) => status.phase === "Running");
      });
      assert.deepEqual(await addresses("gated"), []);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=gated");
      assert.ok(!items.some(isReady), "none is ready before it answers");
      const [first] = items;
      assert.ok(first);
      await kubectl.ok(["exec", first.metadata.name, "--", "touch", "/tmp/www/ready.txt"]);
      await kubectl.ok(`wait --for=condition=Ready pod/${first.metadata.name} --timeout=100s`);
      await until("the endpoint is there", async () => (await addresses("gated")).join() === first.status.podIP);
      await kubectl.ok(["exec", first.metadata.name, "--", "rm", "/tmp/www/ready.txt"]);
      await kubectl.ok(`wait --for=condition=Ready=false pod/${first.metadata.name} --timeout=100s`);
      await until("the endpoint is gone", async () => (await addresses("gated")).length === 0);
      assert.equal(
        await kubectl.ok(`get pod ${first.metadata.name} -o jsonpath={.status.containerStatuses[0].restartCount}`),
        "0",
        "readiness never restarts",
      );
      const described = await kubectl.ok(`describe pod ${first.metadata.name}`);
      assert.match(described, /Warning +Unhealthy .*Readiness probe failed: HTTP probe failed with statuscode: 404/);
      await kubectl.ok("delete deployment gated --wait=false");
    });

    test("S60: an update waits for readiness before an old pod goes", async () => {
      await kubectl.apply(deployment("careful", 2, server()));
      await kubectl.ok("rollout status deployment careful");
      const never = {
        spec: { template: { spec: { containers: [{ name: "server", readinessProbe: { tcpSocket: { port: 9 } } }] } } },
      };
      await kubectl.ok(["patch", "deployment", "careful", "-p", JSON.stringify(never)]);
      const { stdout, code } = await kubectl.run("rollout status deployment careful --timeout=4s");
      assert.equal(code, 1);
      assert.match(stdout, /1 out of 2 new replicas have been updated/);
      assert.equal(await kubectl.ok("get deployment careful -o jsonpath={.status.availableReplicas}"), "2");
      await kubectl.ok("delete deployment careful --wait=false");
    });

    test("S61 S62: liveness by command, HTTP and TCP kills and restarts what fails", async () => {
      const dying = `touch /tmp/alive; (sleep 2; rm /tmp/alive) & ${FOREVER}`;
      await kubectl.apply(
        pod("by-command", shell(dying, { livenessProbe: { exec: { command: ["cat", "/tmp/alive"] }, ...every } })),
        pod("by-http", server({ livenessProbe: { httpGet: { path: "/nothing", port: 3000 }, ...every } })),
        pod("by-tcp", server({ livenessProbe: { tcpSocket: { port: 9 }, ...every } })),
        pod(
          "alive",
          server({ livenessProbe: { httpGet: { path: "/", port: 3000 }, ...every, initialDelaySeconds: 1 } }),
        ),
      );
      for (const name of ["by-command", "by-http", "by-tcp"]) {
        await kubectl.awaitField(`pod/${name}`, "{.status.containerStatuses[0].restartCount}", "1", 60);
        const described = await kubectl.ok(`describe pod ${name}`);
        assert.match(described, /Liveness probe failed: /);
        assert.match(described, /failed liveness probe, will be restarted/);
      }
      assert.equal(await kubectl.ok("get pod alive -o jsonpath={.status.containerStatuses[0].restartCount}"), "0");
      await kubectl.ok("delete pod by-command by-http by-tcp alive --wait=false");
    });

    test("a startup probe holds the others back until the application is up", async () => {
      const slow = `sleep 3; touch /tmp/up; ${FOREVER}`;
      const probe = { exec: { command: ["cat", "/tmp/up"] }, periodSeconds: 1 };
      const more = {
        startupProbe: { ...probe, failureThreshold: 30 },
        livenessProbe: { ...probe, failureThreshold: 1 },
      };
      await kubectl.apply(pod("slow", shell(slow, more)));
      await kubectl.ok("wait --for=condition=Ready pod/slow --timeout=100s");
      assert.equal(await kubectl.ok("get pod slow -o jsonpath={.status.containerStatuses[0].restartCount}"), "0");
    });

    test("S63: a probe is added with patch, and rolls", async () => {
      await kubectl.apply(deployment("later", 1, server({ readinessProbe: null })));
      await kubectl.ok("rollout status deployment later");
      const patch = {
        spec: { template: { spec: { containers: [{ name: "server", readinessProbe: { httpGet: { port: 3000 } } }] } } },
      };
      await kubectl.ok(["patch", "deployment", "later", "-p", JSON.stringify(patch)]);
      assert.match(await kubectl.ok("rollout status deployment later"), /successfully rolled out/);
      const path = "jsonpath={.items[-1:].spec.containers[0].readinessProbe.httpGet.path}";
      assert.equal(await kubectl.ok(`get pods -l app=later --sort-by=.metadata.creationTimestamp -o ${path}`), "/");
    });
  });
}
