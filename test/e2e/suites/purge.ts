import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Cluster } from "../cluster.ts";
import { deployment, FOREVER, pod, service, shell } from "../objects.ts";
import { assertGone, traces } from "../traces.ts";

/** Runs alone: it compares what is on the machine before a cluster and after it. */
export function purge(): void {
  describe("down --purge", { concurrency: 1 }, () => {
    test("leaves no process, mount, namespace, link, table, route, cgroup or file", async () => {
      const before = await traces();
      const cluster = await Cluster.start("e2e-purge");
      const kubectl = cluster.kubectl();
      const spec = { volumes: [{ name: "a", emptyDir: { medium: "Memory" } }] };
      const container = shell(FOREVER, { volumeMounts: [{ name: "a", mountPath: "/a" }] });
      await kubectl.apply(
        deployment("app", 2, shell(FOREVER)),
        pod("single", container, spec),
        service("app", { type: "NodePort" }),
      );
      await kubectl.ok("rollout status deployment app");
      await kubectl.ok("wait --for=condition=Ready pod/single --timeout=100s");
      const during = await traces();
      const made = [...during].filter((each) => !before.has(each));
      for (const kind of ["process", "mount", "nft", "link", "cgroup", "file", "route"]) {
        assert.ok(
          made.some((each) => each.startsWith(kind)),
          `a running cluster has a ${kind} to remove`,
        );
      }
      await cluster.purge();
      await assertGone(made);
      assert.equal((await cluster.knarr("down", "--purge")).code, 0, "once more is no error");
    });
  });
}
