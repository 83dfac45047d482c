import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "knarr";
import { Kubectl, kubectlPrograms } from "#test/e2e/kubectl.ts";

/* kubectl's commands beyond what the conformance suite asks of it, with stock kubectl against a cluster in memory. */

/** The first minor versions of kubectl that make tokens, and that list events by themselves. */
const [MAKES_TOKENS, LISTS_EVENTS] = [24, 26];

/** The first minor versions of kubectl that make these in the version that is served. */
const MAKES: Readonly<Record<string, number>> = { cronjob: 21, poddisruptionbudget: 22 };

/** What `kubectl create` makes without a manifest, and a field of it. */
const MADE = [
  ["configmap settings --from-literal=a=b", "{.data.a}", "b"],
  ["secret generic keys --from-literal=a=b", "{.data.a}", "Yg=="],
  ["secret docker-registry pull --docker-username=u --docker-password=p", "{.type}", "kubernetes.io/dockerconfigjson"],
  ["serviceaccount robot", "{.metadata.name}", "robot"],
  ["role reader --verb=get,list --resource=pods", "{.rules[0].verbs}", '["get","list"]'],
  ["rolebinding reads --role=reader --serviceaccount=made:robot", "{.roleRef.name}", "reader"],
  ["quota few --hard=pods=20", "{.spec.hard.pods}", "20"],
  ["poddisruptionbudget some --selector=app=web --min-available=1", "{.spec.minAvailable}", "1"],
  ["job once --image=app:1 -- true", "{.spec.template.spec.containers[0].command}", '["true"]'],
  ["cronjob nightly --image=app:1 --schedule=0_0_*_*_*", "{.spec.schedule}", "0 0 * * *"],
  ["deployment web --image=app:1 --replicas=2", "{.spec.replicas}", "2"],
  ["service clusterip plain --tcp=80:8080", "{.spec.ports[0].targetPort}", "8080"],
  ["service externalname away --external-name=example.com", "{.spec.externalName}", "example.com"],
  ["ingress door --rule=example.com/*=plain:80", "{.spec.rules[0].host}", "example.com"],
] as const;

for (const program of kubectlPrograms()) {
  describe(`commands of ${basename(program)}`, { concurrency: 1 }, () => {
    const directory = mkdtempSync(join(tmpdir(), "knarr-kubectl-"));
    const kubeconfig = join(directory, "kubeconfig");
    let cluster: Cluster;
    let kubectl: Kubectl;

    before(async () => {
      cluster = await createCluster({ nodes: 2, port: 0, clock: "real" });
      writeFileSync(kubeconfig, cluster.kubeconfig ?? "", { mode: 0o600 });
      const env = { PATH: process.env["PATH"] ?? "", HOME: directory, KUBECONFIG: kubeconfig };
      kubectl = new Kubectl(program, env, "made");
      await kubectl.ok("create namespace made");
    });
    after(async () => {
      await cluster.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test("create makes each kind it knows from its arguments alone", async () => {
      const minor = await kubectl.minor();
      for (const [line, path, value] of MADE) {
        const args = line.split(" ").map((each) => (each.startsWith("--schedule") ? each.replaceAll("_", " ") : each));
        const [what = "", ...rest] = args;
        if (minor < (MAKES[what] ?? 0)) continue;
        const name = (await kubectl.ok(["create", what, "-o", "name", ...rest])).trim();
        assert.equal(await kubectl.ok(["get", name, "-o", `jsonpath=${path}`]), value, line);
      }
    });

    test("annotate and label set, overwrite only when told, and take away", async () => {
      for (const verb of ["annotate", "label"]) {
        const field = verb === "label" ? "labels" : "annotations";
        const shown = () => kubectl.ok(["get", "configmap", "settings", "-o", `jsonpath={.metadata.${field}.tier}`]);
        await kubectl.ok(`${verb} configmap settings tier=a`);
        assert.match(await kubectl.fails(`${verb} configmap settings tier=b`), /--overwrite is false/);
        await kubectl.ok(`${verb} --overwrite configmap settings tier=b`);
        assert.equal(await shown(), "b");
        await kubectl.ok(`${verb} configmap settings tier-`);
        assert.equal(await shown(), "");
      }
    });

    test("taint and cordon keep pods off a node, and can be taken back", async () => {
      assert.match(await kubectl.ok("taint node node-2 dedicated=gpu:NoSchedule"), /node\/node-2 tainted/);
      assert.match(await kubectl.ok("describe node node-2"), /Taints: +dedicated=gpu:NoSchedule/);
      assert.match(await kubectl.fails("taint node node-2 dedicated=other:NoSchedule"), /--overwrite is false/);
      assert.match(await kubectl.ok("taint node node-2 dedicated-"), /node\/node-2 untainted/);
      assert.match(await kubectl.ok("cordon node-2"), /node\/node-2 cordoned/);
      assert.match(await kubectl.ok("get node node-2"), /Ready,SchedulingDisabled/);
      await kubectl.ok("rollout status deployment web --timeout=60s");
      assert.match(
        await kubectl.ok("drain node-2 --ignore-daemonsets --timeout=60s"),
        /node\/node-2 (drained|evicted)/,
      );
      assert.match(await kubectl.ok("uncordon node-2"), /node\/node-2 uncordoned/);
    });

    test("set changes images, resources, environment and accounts, and each is a rollout", async () => {
      for (const line of [
        "image deployment/web app=app:2",
        "resources deployment web --requests=cpu=10m",
        "env deployment/web COLOUR=blue",
        "serviceaccount deployment web robot",
      ]) {
        await kubectl.ok(`set ${line}`);
        await kubectl.ok("rollout status deployment web --timeout=60s");
      }
      const { spec } = await kubectl.json<{
        spec: { template: { spec: { serviceAccountName: string; containers: readonly object[] } } };
      }>("get deployment web");
      const { containers, serviceAccountName } = spec.template.spec;
      assert.equal(serviceAccountName, "robot");
      const { image, env, resources } = containers[0] as Record<string, unknown>;
      assert.deepEqual(
        [image, env, resources],
        ["app:2", [{ name: "COLOUR", value: "blue" }], { requests: { cpu: "10m" } }],
      );
    });

    test("auth tells who one is and what one may", async () => {
      assert.equal((await kubectl.ok("auth can-i create pods")).trim(), "yes");
      // Older ones ask for a version that is no more.
      if ((await kubectl.minor()) >= 28) assert.match(await kubectl.ok("auth whoami"), /Username +\S+/);
      if ((await kubectl.minor()) >= MAKES_TOKENS) {
        assert.match(await kubectl.ok("create token robot"), /^[\w-]+\.[\w-]+\.[\w-]+\n?$/);
      }
    });

    test("get sorts, selects, and prints in every form", async () => {
      const names = (await kubectl.ok("get configmaps,secrets --sort-by=.metadata.name -o name")).trim().split("\n");
      assert.deepEqual(names, names.toSorted(byName));
      assert.match(await kubectl.ok("get deployments -o wide"), /CONTAINERS +IMAGES +SELECTOR/);
      assert.equal(
        await kubectl.ok(["get", "deployment", "web", "-o", "go-template={{.spec.replicas}} {{.metadata.name}}"]),
        "2 web",
      );
      assert.match(
        await kubectl.ok(["get", "deploy", "-o", "custom-columns=N:.metadata.name,R:.spec.replicas"]),
        /^N +R\nweb +2\n$/,
      );
      assert.match(await kubectl.ok("get deployment web -o yaml"), /^apiVersion: apps\/v1\nkind: Deployment\n/);
      assert.equal(await kubectl.ok("get pods --field-selector=status.phase=Failed -o name"), "");
      assert.equal(await kubectl.ok(["get", "--raw", "/readyz"]), "ok");
      assert.match(await kubectl.ok("api-resources --api-group=apps -o name"), /^deployments\.apps$/m);
      if ((await kubectl.minor()) >= LISTS_EVENTS) {
        assert.match(await kubectl.ok("events --for deployment/web"), /ScalingReplicaSet +Deployment\/web/);
      }
      assert.match(await kubectl.ok("explain pod.spec.containers.image"), /FIELD: +image <string>/);
    });

    test("wait sees conditions, fields and deletions", async () => {
      await kubectl.ok("wait deployment web --for=condition=Available --timeout=60s");
      assert.match(
        await kubectl.fails("wait deployment web --for=condition=Nonsense --timeout=1s"),
        /timed out waiting for the condition on deployments\/web/,
      );
      await kubectl.ok("delete deployment web --wait=false");
      await kubectl.ok("wait pods -l app=web --for=delete --timeout=60s");
      assert.equal(await kubectl.ok("get pods -l app=web -o name"), "");
    });

    test("what is in a cluster is dumped whole", async () => {
      const dumped = await kubectl.ok("cluster-info dump --namespaces made -o yaml");
      for (const kind of ["NodeList", "EventList", "PodList"]) assert.ok(dumped.includes(`kind: ${kind}`), kind);
    });
  });
}

/** As kubectl sorts: by the name alone, which stands behind the slash. */
function byName(a: string, b: string): number {
  const [one = "", other = ""] = [a, b].map((each) => each.split("/")[1] ?? "");
  return one < other ? -1 : one > other ? 1 : 0;
}
