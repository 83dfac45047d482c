import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import type { Kubectl } from "../kubectl.ts";
import { deployment, server } from "../objects.ts";
import { until } from "../until.ts";

/** What one pane of a user's screen has shown: the columns of each line of `kubectl get WHAT -w`. */
class Pane {
  readonly #child;
  #text = "";

  constructor(kubectl: Kubectl, what: string) {
    this.#child = kubectl.start(`get ${what} -w --no-headers`);
    this.#child.stdout.setEncoding("utf8").on("data", (chunk: string) => (this.#text += chunk));
  }

  get lines(): readonly (readonly string[])[] {
    const whole = this.#text.slice(0, this.#text.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter(Boolean)
      .map((line) => line.trim().split(/\s+/));
  }

  /** The last line of each object, without its name and its age. */
  get last(): ReadonlyMap<string, string> {
    return new Map(this.lines.map(([name = "", ...columns]) => [name, columns.slice(0, -1).join(" ")]));
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }
}

/** What a user sees and awaits while things move. */
export function watching(cluster: Cluster): void {
  describe("watching", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("watching");

    test("S15: panes of Deployments, ReplicaSets and pods tell the same update, line by line", async () => {
      await cluster.namespace("watching");
      await kubectl.apply(deployment("web", 2, server()));
      await kubectl.ok("rollout status deployment web");
      const panes = {
        deployments: new Pane(kubectl, "deployments"),
        rs: new Pane(kubectl, "rs"),
        pods: new Pane(kubectl, "pods"),
      };
      try {
        await until(
          "each pane shows what is there",
          () => [panes.deployments.last.size, panes.rs.last.size, panes.pods.last.size].join() === "1,1,2",
        );
        const [before] = panes.rs.last.keys();
        const old = [...panes.pods.last.keys()];
        await kubectl.ok(`set image deployment web server=${IMAGE.v2}`);
        await kubectl.ok("rollout status deployment web");
        await kubectl.awaitGone(old.map((name) => `pod/${name}`).join(" "));
        await until("the Deployment's pane has come to rest", () => panes.deployments.last.get("web") === "2/2 2 2");
        await until("the ReplicaSets' has", () => {
          const after = [...panes.rs.last].filter(([name]) => name !== before).map(([, columns]) => columns);
          return panes.rs.last.get(before ?? "") === "0 0 0" && after.join() === "2 2 2";
        });
        await until("the pods' has", () => {
          const made = [...panes.pods.last].filter(([name]) => !old.includes(name)).map(([, columns]) => columns);
          return made.join() === "1/1 Running 0,1/1 Running 0";
        });
      } finally {
        for (const pane of Object.values(panes)) pane.close();
      }
      const ready = new Set(panes.deployments.lines.map(([, column]) => column));
      assert.deepEqual(
        [...ready].filter((column) => column !== "2/2" && column !== "3/2"),
        [],
        "never fewer than two",
      );
      const statuses = new Set(panes.pods.lines.map(([, , status]) => status));
      for (const status of ["Pending", "Running", "Terminating"]) {
        assert.ok(statuses.has(status), `${status} was shown`);
      }
    });

    test("wait says what is met, what is gone, and what did not come", async () => {
      assert.equal(
        await kubectl.ok("wait --for=condition=Available deployment/web --timeout=100s"),
        "deployment.apps/web condition met\n",
      );
      await kubectl.awaitField("deployment/web", "{.status.readyReplicas}", "2", 100);
      assert.equal(
        await kubectl.fails("wait --for=condition=Available=false deployment/web --timeout=1s"),
        "error: timed out waiting for the condition on deployments/web\n",
      );
      assert.equal(
        await kubectl.fails("wait --for=condition=Available deployment/nothing --timeout=1s"),
        'Error from server (NotFound): deployments.apps "nothing" not found\n',
      );
      const gone = kubectl.run("wait --for=delete deployment/web --timeout=100s");
      await kubectl.ok("delete deployment web");
      const { code, stdout, stderr } = await gone;
      assert.match(stdout, /^(deployment\.apps\/web condition met\n)?$/);
      // A kubectl of 1.20 that looks only after it is gone takes that for a fault.
      if (code !== 0) assert.equal(stderr, "error: no matching resources found\n");
    });
  });
}
