import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "knarr";
import { until } from "#test/e2e/until.ts";
import { Kubectl, kubectlPrograms } from "#test/e2e/kubectl.ts";

/*
 * What Kubernetes' conformance suite asks of kubectl, with stock kubectl against a cluster in memory: everything but
 * containers is real. README.md has the list.
 */

const CONTROLLER = `
apiVersion: v1
kind: ReplicationController
metadata: { name: demo, labels: { app: demo } }
spec:
  replicas: 2
  selector: { app: demo }
  template:
    metadata: { labels: { app: demo } }
    spec: { containers: [{ name: demo, image: "demo:1", ports: [{ containerPort: 6379 }] }] }
`;
const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: httpd, labels: { app: httpd } }
spec:
  replicas: 1
  selector: { matchLabels: { app: httpd } }
  template:
    metadata: { labels: { app: httpd } }
    spec: { containers: [{ name: httpd, image: "httpd:1" }] }
`;

/** A program found on this machine, or why there is nothing to test with. */
function programs(): { readonly found: readonly string[]; readonly skip: string | false } {
  try {
    return { found: kubectlPrograms(), skip: false };
  } catch (error) {
    return { found: ["kubectl"], skip: `not run: ${error instanceof Error ? error.message : error}` };
  }
}

const { found, skip } = programs();

for (const program of found) {
  describe(`${basename(program)} against the API`, { skip, concurrency: 1 }, () => {
    const directory = mkdtempSync(join(tmpdir(), "knarr-kubectl-"));
    const kubeconfig = join(directory, "kubeconfig");
    let cluster: Cluster;
    let kubectl: Kubectl;

    before(async () => {
      cluster = await createCluster({ port: 0, clock: "real" });
      writeFileSync(kubeconfig, cluster.kubeconfig ?? "", { mode: 0o600 });
      kubectl = new Kubectl(
        program,
        { PATH: process.env["PATH"] ?? "", HOME: directory, KUBECONFIG: kubeconfig },
        "default",
      );
    });
    after(async () => {
      await cluster.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    /** A namespace of its own for each story. */
    const inNew = async (name: string): Promise<Kubectl> => {
      await kubectl.ok(`create namespace ${name}`);
      return kubectl.in(name);
    };

    test("api-versions has v1; version and cluster-info tell of the server", async () => {
      assert.ok((await kubectl.ok("api-versions")).split("\n").includes("v1"));
      assert.match(await kubectl.ok("version"), /Server Version: .*1\.36/s);
      assert.match(
        await kubectl.ok("cluster-info"),
        /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:/,
      );
    });

    test("a replication controller is made, scaled down and up, described, exposed, and stopped", async () => {
      const mine = await inNew("demo");
      await mine.ok("create -f -", { stdin: CONTROLLER });
      await mine.awaitField("rc/demo", "{.status.readyReplicas}", "2", 60);
      await mine.ok("scale rc demo --replicas=1 --timeout=1m");
      await mine.awaitField("rc/demo", "{.status.replicas}", "1", 60);
      await mine.ok("scale rc demo --replicas=2 --timeout=1m");
      await mine.awaitField("rc/demo", "{.status.readyReplicas}", "2", 60);
      assert.match(await mine.ok("describe rc demo"), /Replicas: +2 current \/ 2 desired/);
      assert.match(await mine.ok("describe pod -l app=demo"), /Controlled By: +ReplicationController\/demo/);
      assert.match(await mine.ok("describe namespace demo"), /Status: +Active/);
      assert.match(await mine.ok("describe node node-1"), /demo +demo-/);
      await mine.ok("expose rc demo --name=rm2 --port=1234 --target-port=6379");
      await mine.ok("expose service rm2 --name=rm3 --port=2345 --target-port=6379");
      const ports = await mine.ok("get services -o jsonpath={.items[*].spec.ports[0].port}");
      assert.equal(ports, "1234 2345");
      await mine.ok("delete --grace-period=0 --force -f -", { stdin: CONTROLLER });
      const isEmpty = async () => (await mine.ok("get rc,pods -l app=demo -o name")) === "";
      await until("the controller and its pods are gone", isEmpty, 60_000);
    });

    test("diff tells what apply would change", async () => {
      const mine = await inNew("differences");
      await mine.ok("create -f -", { stdin: DEPLOYMENT });
      const { stdout, code } = await mine.run("diff -f -", { stdin: DEPLOYMENT.replace("httpd:1", "busybox:1") });
      assert.equal(code, 1);
      assert.match(stdout, /-\s+- image: httpd:1\n\+\s+- image: busybox:1/);
      assert.equal((await mine.run("diff -f -", { stdin: DEPLOYMENT })).code, 0);
    });

    test("labels are set and removed, pods patched, run, replaced, and changed as if", async () => {
      const mine = await inNew("pods");
      assert.equal(await mine.ok("run web --image=httpd:1 --restart=Never"), "pod/web created\n");
      assert.equal(
        await mine.ok("get pod web -o jsonpath={.spec.restartPolicy}{.spec.containers[0].image}"),
        "Neverhttpd:1",
      );
      await mine.ok("label pod web testing=value");
      assert.match(await mine.ok("get pod web -L testing"), / value\n$/);
      await mine.ok("label pod web testing-");
      assert.equal(await mine.ok("get pod web -o jsonpath={.metadata.labels.testing}"), "");
      await mine.ok(["patch", "pod", "web", "-p", '{"metadata":{"annotations":{"x":"y"}}}']);
      assert.equal(await mine.ok("get pod web -o jsonpath={.metadata.annotations.x}"), "y");
      const image = [{ op: "replace", path: "/spec/containers/0/image", value: "busybox:1" }];
      await mine.ok(["patch", "pod", "web", "--type=json", "--dry-run=server", "-p", JSON.stringify(image)]);
      const shown = "get pod web -o jsonpath={.spec.containers[0].image}";
      assert.equal(await mine.ok(shown), "httpd:1");
      // Once it is ready nobody else writes it; before, a replacement would take back the node it was bound to.
      await mine.ok("wait --for=condition=Ready pod/web");
      const pod = await mine.ok("get pod web -o json");
      await mine.ok("replace -f -", { stdin: pod.replaceAll('"image": "httpd:1"', '"image": "busybox:1"') });
      assert.equal(await mine.ok(shown), "busybox:1");
    });

    test("client-side apply becomes server-side apply, and others' fields are refused by name", async () => {
      const mine = await inNew("apply");
      await mine.ok("apply -f -", { stdin: DEPLOYMENT });
      await mine.ok("apply --server-side -f -", { stdin: DEPLOYMENT.replace("replicas: 1", "replicas: 2") });
      assert.equal(await mine.ok("get deployment httpd -o jsonpath={.spec.replicas}"), "2");
      const stderr = await mine.fails("apply --server-side --field-manager=other -f -", {
        stdin: DEPLOYMENT.replace("replicas: 1", "replicas: 3"),
      });
      assert.match(stderr, /Apply failed with 1 conflict: conflict with "kubectl": \.spec\.replicas/);
    });

    test("autoscale makes an autoscaler that every version shows", async () => {
      const mine = await inNew("autoscaling");
      await mine.ok("create -f -", { stdin: DEPLOYMENT });
      await mine.ok("autoscale deployment httpd --min=1 --max=4 --cpu-percent=70");
      const old = await mine.ok(
        "get horizontalpodautoscalers.v1.autoscaling httpd -o jsonpath={.spec.targetCPUUtilizationPercentage}",
      );
      assert.equal(old, "70");
      const path = "{.spec.metrics[0].resource.target.averageUtilization}";
      assert.equal(await mine.ok(`get horizontalpodautoscalers.v2.autoscaling httpd -o jsonpath=${path}`), "70");
    });

    test("the proxy serves the API on a port and on a socket", async () => {
      const socketPath = join(directory, "proxy.sock");
      const byPort = kubectl.start("proxy --port=0 --disable-filter");
      const bySocket = kubectl.start(["proxy", `--unix-socket=${socketPath}`, "--disable-filter"]);
      try {
        const port = Number(/127\.0\.0\.1:(\d+)/.exec(await firstLine(byPort))?.[1]);
        assert.match(await body({ port, path: "/api/" }), /"kind": ?"APIVersions"/);
        await firstLine(bySocket);
        assert.match(await body({ socketPath, path: "/api/" }), /"kind": ?"APIVersions"/);
      } finally {
        byPort.kill();
        bySocket.kill();
      }
    });
  });
}

/** What a program says first. */
async function firstLine({ stdout }: ReturnType<Kubectl["start"]>): Promise<string> {
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) return String(chunk);
  throw new Error("it ended without a word");
}

function body(where: { readonly path: string; readonly port?: number; readonly socketPath?: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...where, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve(text);
    });
    sent.on("error", reject).end();
  });
}
