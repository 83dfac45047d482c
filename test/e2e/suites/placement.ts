import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster } from "../cluster.ts";
import type { Kubectl } from "../kubectl.ts";
import { budget, deployment, FOREVER, pod, server, shell } from "../objects.ts";
import { until } from "../until.ts";

/** The first minor version of kubectl with `patch --subresource`. */
const PATCHES_STATUS = 24;

interface NodeView {
  readonly metadata: { readonly name: string };
  readonly status: { readonly allocatable: Readonly<Record<string, string>> };
}

const asking = (resources: object) => shell(FOREVER, { resources });
/** As often as a scheduler or a quota may refuse, its words. */
const says = (kubectl: Kubectl, what: string, words: RegExp) =>
  until(`${what} says ${words.source}`, async () => words.test(await kubectl.ok(`describe ${what}`)));

/** Where pods may go, how many there may be, and who makes way for whom. */
export function placement(cluster: Cluster): void {
  describe("quotas and budgets", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("quotas");

    test("a ResourceQuota refuses what exceeds it, and counts what is there", async () => {
      await cluster.namespace("quotas");
      assert.equal(
        await kubectl.ok("create quota small --hard=pods=2,requests.cpu=100m,configmaps=3"),
        "resourcequota/small created\n",
      );
      await kubectl.awaitField("quota/small", "{.status.used.configmaps}", "1", 60);
      await kubectl.apply(pod("first", asking({ requests: { cpu: "60m" } })));
      const silent = JSON.stringify(pod("silent", shell(FOREVER)));
      assert.equal(
        await kubectl.fails("create -f -", { stdin: silent }),
        'Error from server (Forbidden): error when creating "STDIN": pods "silent" is forbidden: failed quota: small: must specify requests.cpu for: main\n',
      );
      const second = JSON.stringify(pod("second", asking({ requests: { cpu: "60m" } })));
      assert.equal(
        await kubectl.fails("create -f -", { stdin: second }),
        'Error from server (Forbidden): error when creating "STDIN": pods "second" is forbidden: exceeded quota: small, requested: requests.cpu=60m, used: requests.cpu=60m, limited: requests.cpu=100m\n',
      );
      await kubectl.ok("delete pod first");
      await kubectl.awaitField("quota/small", "{.status.used.pods}", "0", 60);
      assert.match(
        await kubectl.ok("describe quota small"),
        /\nconfigmaps +1 +3\npods +0 +2\nrequests\.cpu +0 +100m\n$/,
      );
    });

    test("a LimitRange gives what is not said, and a Deployment says what its quota refuses", async () => {
      const limits = [{ type: "Container", defaultRequest: { cpu: "20m" } }];
      await kubectl.apply(
        { apiVersion: "v1", kind: "LimitRange", metadata: { name: "usual" }, spec: { limits } },
        deployment("many", 3, server()),
      );
      await kubectl.awaitField("deployment/many", "{.status.readyReplicas}", "2", 100);
      await says(
        kubectl,
        "rs -l app=many",
        /FailedCreate .*Error creating: pods "many-\S+" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2\n/,
      );
      await kubectl.ok("wait --for=condition=ReplicaFailure deployment/many --timeout=100s");
      const requests = "jsonpath={.items[*].spec.containers[0].resources.requests.cpu}";
      assert.equal(await kubectl.ok(`get pods -l app=many -o ${requests}`), "20m 20m");
      await kubectl.ok(["patch", "quota", "small", "-p", '{"spec":{"hard":{"pods":"4"}}}']);
      await kubectl.awaitField("quota/small", "{.status.hard.pods}", "4", 60);
      // It is tried again later and later each time; asking for another number is heard at once.
      await kubectl.ok("scale deployment many --replicas=4");
      assert.match(await kubectl.ok("rollout status deployment many"), /successfully rolled out/);
    });

    test("a PodDisruptionBudget refuses an eviction until there are more", async () => {
      await kubectl.ok("scale deployment many --replicas=1");
      assert.match(await kubectl.ok("rollout status deployment many"), /successfully rolled out/);
      await kubectl.apply(budget("many", 1));
      await kubectl.awaitField("pdb/many", "{.status.currentHealthy}", "1", 100);
      assert.match(await kubectl.ok("get pdb many --no-headers"), /^many +1 +N\/A +0 +\S+\n$/);
      const name = await kubectl.ok("get pods -l app=many --field-selector=status.phase=Running -o name");
      const [, podName = ""] = name.trim().split("/");
      const path = join(cluster.directory, "eviction.json");
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: podName, namespace: "quotas" } };
      writeFileSync(path, JSON.stringify(eviction));
      const evict = ["create", "--raw", `/api/v1/namespaces/quotas/pods/${podName}/eviction`, "-f", path];
      assert.match(await kubectl.fails(evict), /Cannot evict pod as it would violate the pod's disruption budget\./);
      await kubectl.ok("scale deployment many --replicas=2");
      await kubectl.awaitField("pdb/many", "{.status.disruptionsAllowed}", "1", 100);
      await kubectl.ok(evict);
      await kubectl.awaitGone(`pod/${podName}`);
      assert.match(await kubectl.ok("rollout status deployment many"), /successfully rolled out/);
      await kubectl.ok("delete deployment many --wait=false");
    });
  });

  describe("places", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("places");
    const firstNode = async () => {
      const [node] = (await kubectl.json<{ items: readonly NodeView[] }>("get nodes")).items;
      assert.ok(node);
      return node;
    };
    const runs = (name: string) => kubectl.ok(`wait --for=condition=Ready pod/${name} --timeout=100s`);

    test("S72: a pod with a nodeSelector waits, and says so, until a node has the label", async () => {
      await cluster.namespace("places");
      await kubectl.apply(pod("picky", shell(FOREVER), { nodeSelector: { "e2e/disk": "ssd" } }));
      await says(
        kubectl,
        "pod picky",
        /FailedScheduling .*0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector\./,
      );
      const { metadata } = await firstNode();
      assert.equal(await kubectl.ok(`label node ${metadata.name} e2e/disk=ssd`), `node/${metadata.name} labeled\n`);
      await runs("picky");
      assert.match(await kubectl.ok(`label node ${metadata.name} e2e/disk-`), /^node\/\S+ (un)?labeled\n$/);
      await kubectl.ok("delete pod picky --wait=false");
    });

    test("a node's own resource is counted: what it has is given once", async (t) => {
      if ((await kubectl.minor()) < PATCHES_STATUS) return t.skip("this kubectl cannot patch a status");
      const { metadata } = await firstNode();
      const patch = (op: object) =>
        kubectl.ok(["patch", "node", metadata.name, "--subresource=status", "--type=json", "-p", JSON.stringify([op])]);
      const path = "/status/capacity/e2e.example~1seat";
      await patch({ op: "add", path, value: "1" });
      await kubectl.awaitField(`node/${metadata.name}`, "{.status.allocatable.e2e\\.example/seat}", "1", 100);
      const seated = asking({ limits: { "e2e.example/seat": "1" } });
      await kubectl.apply(pod("sits", seated));
      await runs("sits");
      await kubectl.apply(pod("stands", seated));
      await says(
        kubectl,
        "pod stands",
        /FailedScheduling .*0\/1 nodes are available: 1 Insufficient e2e\.example\/seat\./,
      );
      await kubectl.ok("delete pod sits");
      await runs("stands");
      await kubectl.ok("delete pod stands --wait=false");
      await patch({ op: "remove", path });
    });

    test("a pod of a higher priority takes the place of one of a lower, and tells it", async () => {
      for (const [name, value] of [
        ["e2e-low", -10],
        ["e2e-high", 1_000],
      ]) {
        const printed = await kubectl.ok(`create priorityclass ${name} --value=${value}`);
        assert.equal(printed, `priorityclass.scheduling.k8s.io/${name} created\n`);
      }
      const { allocatable } = (await firstNode()).status;
      // More than half: two do not fit, and what others ask for beside does.
      const container = asking({ requests: { cpu: `${Math.floor(Number(allocatable["cpu"]) * 600)}m` } });
      await kubectl.apply(pod("humble", container, { priorityClassName: "e2e-low" }));
      await runs("humble");
      await kubectl.apply(pod("grand", container, { priorityClassName: "e2e-high" }));
      await runs("grand");
      assert.match(await kubectl.fails("get pod humble"), /pods "humble" not found/);
      assert.equal(await kubectl.ok("get pod grand -o jsonpath={.spec.priority}"), "1000");
      const events = await kubectl.ok("get events --field-selector=involvedObject.name=humble,reason=Preempted");
      assert.match(events, /Normal +Preempted +pod\/humble +Preempted by pod \S+ on node \S+\n/);
      await kubectl.ok("delete pod grand --wait=false");
      await kubectl.ok("delete priorityclass e2e-low e2e-high");
    });
  });
}
