import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { IMAGE, type Cluster } from "../cluster.ts";
import { sendEphemeral, withEphemeral, type DebuggedPod } from "../ephemeral.ts";
import { deployment, FOREVER, server, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

/** Milliseconds after the update began at which Knarr is killed. */
const MOMENTS_MS = [0, 30, 80, 150, 250, 400, 600, 900, 1_300, 1_800] as const;

/** Runs alone: it kills the cluster's process. */
export function crash(cluster: Cluster): void {
  describe("S32: kill -9 of Knarr in the middle of an update", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("crash");
    const bystanders = async () =>
      (await kubectl.json<List<DebuggedPod>>("get pods -l app=bystander")).items.map(({ metadata, status }) => ({
        uid: metadata.uid,
        containers: status.containerStatuses?.map(({ containerID, restartCount }) => ({ containerID, restartCount })),
        added: status.ephemeralContainerStatuses,
      }));

    test("an application to update, and one to leave alone", async () => {
      await cluster.namespace("crash");
      await kubectl.apply(deployment("app", 4, server()), deployment("bystander", 2, shell(FOREVER)));
      await kubectl.ok("rollout status deployment app");
      await kubectl.ok("rollout status deployment bystander");
      const name = await kubectl.ok("get pods -l app=bystander -o jsonpath={.items[0].metadata.name}");
      const stdin = await withEphemeral(kubectl, name, {
        ...shell(FOREVER),
        name: "looking",
        targetContainerName: "main",
      });
      await kubectl.ok(sendEphemeral(kubectl, name), { stdin });
      const isRunning = async () =>
        (await bystanders()).some(({ added }) => added?.some(({ state }) => state.running !== undefined));
      await until("what was added to one of them runs", isRunning);
    });

    for (const [i, moment] of MOMENTS_MS.entries()) {
      test(`after ${moment} ms: it resumes, restarts no container and has lost nothing`, async () => {
        const before = await bystanders();
        const image = i % 2 === 0 ? IMAGE.v2 : IMAGE.v1;
        const written = [kubectl.ok(`create configmap kept-${i} --from-literal=n=${i}`)];
        await kubectl.ok(`set image deployment app server=${image}`);
        await Promise.all(written);
        await pause(moment);
        const { pid } = cluster;
        process.kill(pid, "SIGKILL");
        await until("it is dead", () => !isAlive(pid));
        await cluster.up();
        assert.equal(await kubectl.ok(`get configmap kept-${i} -o jsonpath={.data.n}`), String(i));
        const wanted = "jsonpath={.spec.template.spec.containers[0].image}";
        assert.equal(await kubectl.ok(`get deployment app -o ${wanted}`), image);
        assert.match(await kubectl.ok("rollout status deployment app --timeout=60s"), /successfully rolled out/);
        assert.deepEqual(await bystanders(), before);
        const { items } = await kubectl.json<List<PodView>>("get pods -l app=app");
        const live = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        assert.equal(live.length, 4);
        assert.ok(live.every(({ spec }) => spec.containers[0]?.image === image));
        const statuses = live.flatMap(({ status }) => status.containerStatuses ?? []);
        const restarted = statuses.filter(({ restartCount }) => restartCount > 0);
        assert.deepEqual(restarted, [], "no container was restarted");
      });
    }

    test("down --keep-containers and up again leave them running as well", async () => {
      const before = await bystanders();
      await cluster.knarrOk("down", "--keep-containers");
      await cluster.up();
      assert.deepEqual(await bystanders(), before);
      assert.equal(await kubectl.ok("exec deploy/bystander -- echo here"), "here\n");
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
