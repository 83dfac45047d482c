import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster.ts";
import { cronJob, deployment, shell, type List } from "../objects.ts";
import { until } from "../until.ts";

/** What is awaited here comes by the minute: asking more often only takes time from others. */
const POLL_MS = 2_000;

/** A hundredth of a processor asked for and ten taken: far above any target, and little of the machine. */
const BUSY = shell("trap 'exit 0' TERM; while :; do :; done", {
  resources: { requests: { cpu: "10m" }, limits: { cpu: "100m" } },
});

interface AutoscalerView {
  readonly status: {
    readonly currentReplicas?: number;
    readonly desiredReplicas: number;
  };
}

interface JobView {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

/** Looks at intervals that leave the machine to others. */
async function seldom(what: string, holds: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const look = async () => {
    if (await holds()) return true;
    await pause(POLL_MS);
    return false;
  };
  await until(what, look, timeoutMs);
}

/** What takes a minute by its nature, all at once and beside the others. */
export function minutes(cluster: Cluster): void {
  describe("what comes by the minute", { concurrency: 2 }, () => {
    test("a CronJob starts a Job each minute", async () => {
      const kubectl = await cluster.namespace("cron");
      await kubectl.apply(cronJob("tick", "* * * * *", ["echo", "tick"]));
      let first: JobView | undefined;
      const started = async () => {
        [first] = (await kubectl.json<List<JobView>>("get jobs")).items;
        return first !== undefined;
      };
      await seldom("the minute's Job is there", started, 120_000);
      assert.ok(first);
      assert.match(first.metadata.name, /^tick-\d+$/);
      assert.deepEqual(
        first.metadata.ownerReferences?.map(({ kind, name }) => [kind, name]),
        [["CronJob", "tick"]],
      );
      await kubectl.ok(`wait --for=condition=complete job/${first.metadata.name} --timeout=100s`);
      assert.equal(await kubectl.ok(`logs job/${first.metadata.name}`), "tick\n");
      assert.match(
        await kubectl.ok("get cronjob tick --no-headers"),
        /^tick +\* \* \* \* \* +<none> +False +\d +\S+ +\S+\n$/,
      );
      await kubectl.ok("delete cronjob tick");
      await kubectl.awaitGone("job --all");
    });

    test("an autoscaler adds pods under load, by the figures top shows", async () => {
      const kubectl = await cluster.namespace("autoscale");
      await kubectl.apply(deployment("busy", 1, BUSY));
      await kubectl.ok("rollout status deployment busy");
      const printed = await kubectl.ok("autoscale deployment busy --min=1 --max=3 --cpu-percent=50");
      assert.equal(printed, "horizontalpodautoscaler.autoscaling/busy autoscaled\n");
      const measured = async () => {
        const { stdout } = await kubectl.run("top pods -l app=busy --no-headers");
        return /^busy-\S+ +[1-9]\d+m +\d+Mi/m.test(stdout);
      };
      await seldom("top shows the load", measured, 120_000);
      const grown = async () => {
        const { status } = await kubectl.json<AutoscalerView>("get hpa busy");
        return status.desiredReplicas === 3;
      };
      await seldom("it wants as many as it may", grown, 120_000);
      await kubectl.awaitField("deployment/busy", "{.status.readyReplicas}", "3", 100);
      assert.match(
        await kubectl.ok("get hpa busy --no-headers"),
        /^busy +Deployment\/busy +cpu: \d+%\/50% +1 +3 +[123] +\S+\n$/,
      );
      assert.match(
        await kubectl.ok("get events --field-selector reason=SuccessfulRescale"),
        /New size: \d; reason: cpu resource utilization \(percentage of request\) above target/,
      );
      await kubectl.ok("delete deployment,hpa busy --wait=false");
    });
  });
}
