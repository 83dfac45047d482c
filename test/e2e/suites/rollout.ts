import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import type { Kubectl } from "../kubectl.ts";
import { deployment, isReady, server, shell, type DeploymentView, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";
import { Watched } from "../watch.ts";

const REPLICAS = 10;

/** 25 % of ten: up is 3 more, down is 2 fewer. */
const BOUNDS = { availableMin: 8, totalMax: 13 };

/** Watches the pods and notes the least that were available and the most there were, terminating ones aside. */
async function observed(kubectl: Kubectl, initial: number) {
  const seen = { availableMin: Number.POSITIVE_INFINITY, totalMax: 0 };
  const watched = await Watched.start<PodView>(kubectl, "pods -l app=worker", initial);
  watched.each((pods) => {
    seen.availableMin = Math.min(seen.availableMin, pods.filter(isReady).length);
    const total = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
    seen.totalMax = Math.max(seen.totalMax, total);
  });
  return { seen, watched };
}

function assertWithin(seen: { readonly availableMin: number; readonly totalMax: number }): void {
  assert.ok(seen.availableMin >= BOUNDS.availableMin, `${seen.availableMin} were available at the least`);
  assert.ok(seen.totalMax <= BOUNDS.totalMax, `${seen.totalMax} there were at the most`);
}

async function waitingReasons(kubectl: Kubectl): Promise<readonly string[]> {
  const { items } = await kubectl.json<List<PodView>>("get pods -l app=worker");
  return items.flatMap(({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason ?? []);
}

export function rollouts(cluster: Cluster): void {
  describe("a rolling update of ten", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("rollout");

    test("S37 S15: scale adds pods, and each gets its place", async () => {
      await cluster.namespace("rollout");
      await kubectl.apply(deployment("worker", 2, server()));
      await kubectl.ok("rollout status deployment worker");
      const printed = await kubectl.ok(`scale --replicas=${REPLICAS} deployment/worker`);
      assert.equal(printed, "deployment.apps/worker scaled\n");
      assert.match(await kubectl.ok("rollout status deployment worker"), /successfully rolled out/);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=worker");
      assert.equal(items.filter(isReady).length, REPLICAS);
      assert.ok(items.every(({ spec }) => spec.nodeName !== undefined));
    });

    test("S16 S17 S53: stays between 8 available and 13 in all, and replaces every pod", async () => {
      const { seen, watched } = await observed(kubectl, REPLICAS);
      const printed = await kubectl.ok(`set image deploy worker server=${IMAGE.v2}`);
      assert.equal(printed, "deployment.apps/worker image updated\n");
      const told = await kubectl.ok("rollout status deploy worker");
      assert.match(
        told,
        /^(Waiting for deployment spec update to be observed\.\.\.\n)?Waiting for deployment "worker" rollout to finish: \d+ out of 10 new replicas have been updated\.\.\.\n/,
      );
      assert.match(told, /\ndeployment "worker" successfully rolled out\n$/);
      await until("the watch shows the new image only", () =>
        watched.objects.filter(isReady).every(({ spec }) => spec.containers[0]?.image === IMAGE.v2),
      );
      watched.stop();
      assertWithin(seen);
      assert.ok(seen.totalMax > REPLICAS, "it used its surge");
    });

    test("S22 S23: an image that does not exist is accepted, and stops at 5 new with 8 old serving", async () => {
      const { seen, watched } = await observed(kubectl, REPLICAS);
      assert.match(await kubectl.ok(`set image deploy worker server=${IMAGE.missing}`), /image updated/);
      await until("all that may be new were tried and wait", async () => {
        const reasons = await waitingReasons(kubectl);
        return reasons.length === 5 && reasons.every((reason) => /^(ErrImagePull|ImagePullBackOff)$/.test(reason));
      });
      await until("one backs off", async () => (await waitingReasons(kubectl)).includes("ImagePullBackOff"), 60_000);
      const { stdout, stderr, code } = await kubectl.run("rollout status deploy worker --timeout=2s");
      assert.equal(code, 1, "it does not finish");
      assert.equal(
        stdout,
        'Waiting for deployment "worker" rollout to finish: 5 out of 10 new replicas have been updated...\n',
      );
      assert.equal(stderr, "error: timed out waiting for the condition\n");
      watched.stop();
      assertWithin(seen);
      const { status } = await kubectl.json<DeploymentView>("get deployment worker");
      assert.deepEqual([status.updatedReplicas, status.availableReplicas, status.replicas], [5, 8, 13]);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=worker");
      assert.equal(items.filter((pod) => isReady(pod) && pod.spec.containers[0]?.image === IMAGE.v2).length, 8);
    });

    test("S22: the events of such a pod say what failed", async () => {
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=worker");
      const stuck = items.find(({ spec }) => spec.containers[0]?.image === IMAGE.missing);
      assert.ok(stuck);
      const described = await kubectl.ok(`describe pod ${stuck.metadata.name}`);
      assert.match(described, /Failed to pull image "127\.0\.0\.1:9\/worker:v0\.3"/);
      assert.match(described, /Error: ErrImagePull/);
    });

    test("S99: undo of a stuck update brings all ten back", async () => {
      const { seen, watched } = await observed(kubectl, REPLICAS);
      await kubectl.ok("rollout undo deployment worker");
      assert.match(await kubectl.ok("rollout status deployment worker"), /successfully rolled out/);
      watched.stop();
      assertWithin(seen);
      assert.equal((await kubectl.json<DeploymentView>("get deployment worker")).status.availableReplicas, REPLICAS);
    });

    test("S52: rollout restart replaces every pod within the same bounds", async () => {
      const before = await kubectl.json<List<PodView>>("get pods -l app=worker");
      const { seen, watched } = await observed(kubectl, REPLICAS);
      assert.equal(await kubectl.ok("rollout restart deployment worker"), "deployment.apps/worker restarted\n");
      assert.match(await kubectl.ok("rollout status deployment worker"), /successfully rolled out/);
      const old = new Set(before.items.map(({ metadata }) => metadata.uid));
      await until("the watch shows no old pod any more", () =>
        watched.objects.filter(isReady).every(({ metadata }) => !old.has(metadata.uid)),
      );
      watched.stop();
      assertWithin(seen);
    });

    test("pause holds an update back and resume lets it go", async () => {
      await kubectl.ok("scale --replicas=2 deployment worker");
      await kubectl.ok("rollout pause deployment worker");
      await kubectl.ok(`set image deploy worker server=${IMAGE.v1}`);
      const again = await kubectl.fails("rollout pause deployment worker");
      assert.equal(again, 'error: deployments.apps "worker" is already paused\n');
      assert.match(await kubectl.ok("get deployment worker -o jsonpath={.status.conditions}"), /DeploymentPaused/);
      await kubectl.ok("rollout resume deployment worker");
      assert.match(await kubectl.ok("rollout status deployment worker"), /successfully rolled out/);
    });
  });

  describe("the other strategy, and the end of pods", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("recreate");

    test("S55 S56 S103 S112: Recreate needs the null, and takes all down before any comes up", async () => {
      await cluster.namespace("recreate");
      await kubectl.apply(deployment("blog", 2, server()));
      await kubectl.ok("rollout status deployment blog");
      const refused = await kubectl.fails([
        "patch",
        "deployment",
        "blog",
        "-p",
        '{"spec":{"strategy":{"type":"Recreate"}}}',
      ]);
      assert.equal(
        refused,
        "The Deployment \"blog\" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'\n",
      );
      const patch = '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}';
      assert.equal(await kubectl.ok(["patch", "deployment", "blog", "-p", patch]), "deployment.apps/blog patched\n");
      const watched = await Watched.start<PodView>(kubectl, "pods -l app=blog", 2);
      let mixed = 0;
      watched.each((pods) => {
        const images = new Set(
          pods.filter((pod) => pod.status.phase === "Running").map(({ spec }) => spec.containers[0]?.image),
        );
        mixed = Math.max(mixed, images.size);
      });
      await kubectl.ok(`set image deployment/blog server=${IMAGE.v2}`);
      assert.match(await kubectl.ok("rollout status deployment blog"), /successfully rolled out/);
      watched.stop();
      assert.equal(mixed, 1, "the two versions never ran together");
    });

    test("S19: a pod that ignores SIGTERM is killed when its grace period ends, no sooner", async () => {
      const stubborn = { terminationGracePeriodSeconds: 3 };
      await kubectl.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "stubborn" },
        spec: { ...stubborn, containers: [shell("trap '' TERM; while :; do sleep 1; done")] },
      });
      await kubectl.ok("wait --for=condition=Ready pod/stubborn --timeout=100s");
      const startedAt = performance.now();
      await kubectl.ok("delete pod stubborn");
      const seconds = (performance.now() - startedAt) / 1000;
      assert.ok(seconds >= 2.9 && seconds < 20, `gone after ${seconds} s`);
      await kubectl.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "polite" },
        // Ready is said by what listens, and until then nothing would heed a signal.
        spec: { terminationGracePeriodSeconds: 60, containers: [server()] },
      });
      await kubectl.ok("wait --for=condition=Ready pod/polite --timeout=100s");
      const politeAt = performance.now();
      await kubectl.ok("delete pod polite");
      assert.ok(performance.now() - politeAt < 20_000, "one that heeds it goes at once");
    });

    test("S39: a crash is repaired by the kubelet, counted, and backs off", async () => {
      await kubectl.apply(deployment("crashing", 1, shell("echo about to fail; exit 3")));
      await kubectl.awaitField(
        "pod -l app=crashing",
        "{.status.containerStatuses[0].state.waiting.reason}",
        "CrashLoopBackOff",
        60,
      );
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=crashing");
      const status = items[0]?.status.containerStatuses?.[0];
      assert.equal(status?.lastState.terminated?.exitCode, 3);
      assert.ok((status?.restartCount ?? 0) >= 1);
      assert.match(await kubectl.ok("get pods -l app=crashing"), / 0\/1 +CrashLoopBackOff +\d+ \(\d+s ago\) /);
    });

    test("S51 S85: delete by label takes them all; the Deployment brings as many anew", async () => {
      const before = await kubectl.ok("get pods -l app=blog -o name");
      await kubectl.ok("delete pods -l app=blog");
      assert.match(await kubectl.ok("rollout status deployment blog"), /successfully rolled out/);
      const after = await kubectl.ok("get pods -l app=blog -o name");
      assert.ok(after.split("\n").every((name) => name === "" || !before.includes(name)));
    });
  });
}
