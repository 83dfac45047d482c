import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { cronJob, FOREVER, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

/** The first minor version of kubectl that asks for CronJobs of batch/v1. */
const KNOWS_CRONJOBS = 21;

/** A Job whose pods run a script once; `spec` is laid over it. */
function job(name: string, script: string, spec: object): object {
  const template = { spec: { restartPolicy: "Never", containers: [shell(script)] } };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template, ...spec } };
}

interface JobView {
  readonly metadata: { readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[] };
  readonly status: {
    readonly succeeded?: number;
    readonly failed?: number;
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
    readonly conditions: readonly { readonly type: string; readonly reason?: string; readonly message?: string }[];
  };
}

/** Work that ends, well or badly. */
export function jobs(cluster: Cluster): void {
  describe("jobs", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("jobs");
    const podsOf = async (name: string) => (await kubectl.json<List<PodView>>(`get pods -l job-name=${name}`)).items;
    const failure = async (name: string) => {
      const { status } = await kubectl.json<JobView>(`get job ${name}`);
      return { failed: status.failed, ...status.conditions.find(({ type }) => type === "Failed") };
    };

    test("a Job runs to its end and keeps its pod for its logs", async () => {
      await cluster.namespace("jobs");
      const printed = await kubectl.ok(["create", "job", "hello", `--image=${IMAGE.v1}`, "--", "echo", "done so"]);
      assert.equal(printed, "job.batch/hello created\n");
      await kubectl.ok("wait --for=condition=complete job/hello --timeout=100s");
      assert.equal(await kubectl.ok("logs job/hello"), "done so\n");
      assert.match(await kubectl.ok("get job hello --no-headers"), /^hello +Complete +1\/1 +\d+s +\d+s\n$/);
      assert.match(await kubectl.ok("get pods -l job-name=hello --no-headers"), / 0\/1 +Completed +0 /);
    });

    test("one that fails is tried anew as often as backoffLimit allows, and then has failed", async () => {
      await kubectl.apply(job("failing", "exit 3", { backoffLimit: 1 }));
      await kubectl.ok("wait --for=condition=failed job/failing --timeout=100s");
      assert.deepEqual(
        (await podsOf("failing")).map(({ status }) => status.phase),
        ["Failed", "Failed"],
      );
      const { failed, reason, message } = await failure("failing");
      assert.deepEqual(
        { failed, reason, message },
        { failed: 2, reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" },
      );
    });

    test("a podFailurePolicy ends it at the first exit code that cannot be mended", async () => {
      const onExitCodes = { containerName: "main", operator: "In", values: [42] };
      const podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes }] };
      await kubectl.apply(job("hopeless", "exit 42", { backoffLimit: 6, podFailurePolicy }));
      await kubectl.ok("wait --for=condition=failed job/hopeless --timeout=100s");
      const { failed, reason, message } = await failure("hopeless");
      assert.deepEqual([failed, reason], [1, "PodFailurePolicy"]);
      assert.match(
        message ?? "",
        /^Container main for pod jobs\/hopeless-\S+ failed with exit code 42 matching FailJob rule at index 0$/,
      );
    });

    test("activeDeadlineSeconds ends a Job however well it does", async () => {
      await kubectl.apply(job("endless", FOREVER, { activeDeadlineSeconds: 2 }));
      await kubectl.ok("wait --for=condition=failed job/endless --timeout=100s");
      const { reason, message } = await failure("endless");
      assert.deepEqual([reason, message], ["DeadlineExceeded", "Job was active longer than specified deadline"]);
      await until("nothing of it runs", async () => (await podsOf("endless")).length === 0);
    });

    test("with backoffLimitPerIndex the other numbers are done, and the Job says which were not", async () => {
      const spec = { completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 0 };
      await kubectl.apply(job("partly", "test $JOB_COMPLETION_INDEX != 1", spec));
      await kubectl.ok("wait --for=condition=failed job/partly --timeout=100s");
      const { status } = await kubectl.json<JobView>("get job partly");
      const { reason, message } = await failure("partly");
      assert.deepEqual([reason, message], ["FailedIndexes", "Job has failed indexes"]);
      assert.deepEqual([status.completedIndexes, status.failedIndexes], ["0,2", "1"]);
    });

    test("an Indexed Job gives each pod its number, and is complete when all numbers are", async () => {
      const spec = { completions: 3, parallelism: 2, completionMode: "Indexed" };
      await kubectl.apply(job("numbered", "echo number $JOB_COMPLETION_INDEX", spec));
      await kubectl.ok("wait --for=condition=complete job/numbered --timeout=100s");
      const { status } = await kubectl.json<JobView>("get job numbered");
      assert.deepEqual([status.succeeded, status.completedIndexes], [3, "0-2"]);
      const said = await Promise.all(
        (await podsOf("numbered")).map(async ({ metadata }) => {
          return [/^numbered-\d/.exec(metadata.name)?.[0], await kubectl.ok(`logs ${metadata.name}`)];
        }),
      );
      assert.deepEqual(
        said.toSorted(),
        [0, 1, 2].map((index) => [`numbered-${index}`, `number ${index}\n`]),
      );
    });

    test("create job --from=cronjob runs its work now", async (t) => {
      if ((await kubectl.minor()) < KNOWS_CRONJOBS) return t.skip("this kubectl asks for batch/v1beta1");
      await kubectl.apply(cronJob("yearly", "0 0 1 1 *", ["echo", "a year"]));
      assert.equal(await kubectl.ok("create job now --from=cronjob/yearly"), "job.batch/now created\n");
      await kubectl.ok("wait --for=condition=complete job/now --timeout=100s");
      assert.equal(await kubectl.ok("logs job/now"), "a year\n");
      const { metadata } = await kubectl.json<JobView>("get job now");
      assert.deepEqual(
        metadata.ownerReferences?.map(({ kind, name }) => [kind, name]),
        [["CronJob", "yearly"]],
      );
    });

    test("a suspended Job waits, and one that is done goes by itself when its time is over", async () => {
      await kubectl.apply(job("later", "echo at last", { suspend: true, ttlSecondsAfterFinished: 2 }));
      await kubectl.ok("wait --for=condition=suspended job/later --timeout=100s");
      assert.deepEqual(await podsOf("later"), []);
      await kubectl.ok(["patch", "job", "later", "-p", '{"spec":{"suspend":false}}']);
      await kubectl.awaitGone("job/later");
      await until("its pod is gone with it", async () => (await podsOf("later")).length === 0);
      const told = "get events --field-selector=involvedObject.name=later,reason=Completed --no-headers";
      assert.match(await kubectl.ok(told), /Job completed\n$/);
    });

    test("a sidecar starts before the work and does not keep the Job from its end", async () => {
      const containers = [shell("cat /shared/ready", { volumeMounts: [{ name: "shared", mountPath: "/shared" }] })];
      const sidecar = shell(`echo prepared > /shared/ready; ${FOREVER}`, {
        name: "sidecar",
        restartPolicy: "Always",
        startupProbe: { exec: { command: ["cat", "/shared/ready"] }, periodSeconds: 1 },
        volumeMounts: [{ name: "shared", mountPath: "/shared" }],
      });
      const volumes = [{ name: "shared", emptyDir: {} }];
      const template = { spec: { restartPolicy: "Never", initContainers: [sidecar], containers, volumes } };
      await kubectl.apply(job("assisted", "", { template }));
      await kubectl.ok("wait --for=condition=complete job/assisted --timeout=100s");
      assert.equal(await kubectl.ok("logs job/assisted -c main"), "prepared\n");
    });

    test("delete takes a Job's pods with it", async () => {
      await kubectl.ok("delete jobs --all");
      await kubectl.awaitGone("pod -l job-name");
    });
  });
}
