import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryDisk, Pod } from "knarr";
import { storagePrefix } from "#apiserver/object_codec.ts";
import type { Change } from "#store/store.ts";
import { imageOf, isReady, Story } from "./story.ts";

const NIGHTLY = process.env["KNARR_NIGHTLY"] === "1";
/** One commit to cut the power at, to look at closely. */
const REPLAY = process.env["KNARR_COMMIT"];
const EVERY = REPLAY === undefined ? (NIGHTLY ? 1 : 4) : Infinity;
const REPLICAS = 4;
const BOUNDS = { least: 3, most: 5 };

/** A rolling update during which everything is killed before commit number `cutAt`; how many commits there were. */
async function rollout(cutAt: number): Promise<number> {
  const disk = new MemoryDisk();
  await using story = await Story.begin({ nodes: 2, disk });
  story.mayComplain = true;
  const { cluster } = story;
  await story.deploy(REPLICAS, "app:1");
  await story.rolledOut();
  const pods = new Map((await story.pods()).map((pod) => [pod.metadata.name, pod]));
  const cut = { commits: 0, isArmed: true, isDone: false };
  const outOfBounds: string[] = [];
  disk.hooks = {
    beforeCommit(changes) {
      if (cut.isArmed && cut.commits++ === cutAt) {
        cut.isDone = true;
        throw new Error("the power was cut");
      }
      for (const change of changes) note(pods, change);
      outOfBounds.push(...boundsBroken(pods));
    },
  };
  await story.setImage("app:2").catch(() => {});
  for (let step = 0; step < 100 && !cut.isDone; step++) await cluster.clock.advance("100ms");
  cut.isArmed = false;
  if (cut.isDone) {
    await cluster.restart();
    // A person whose command failed gives it again; one whose command was accepted need not.
    await story.setImage("app:2");
  }
  await story.rolledOut("2m");
  await cluster.clock.advance("1m");
  assert.deepEqual(
    (await story.pods()).map(imageOf),
    Array.from({ length: REPLICAS }, () => "app:2"),
  );
  assert.deepEqual(await story.revisions(), ["1: app:1 x0", "2: app:2 x4"]);
  const containers = (await Promise.all(cluster.nodes.map((node) => node.runtime.listContainers()))).flat();
  assert.equal(containers.filter(({ state }) => state === "RUNNING").length, REPLICAS, "no container is left over");
  return cut.commits;
}

const decoder = new TextDecoder();

function note(pods: Map<string, Pod>, { key, entry }: Change): void {
  const prefix = storagePrefix(Pod, "default");
  if (!key.startsWith(prefix)) return;
  const name = key.slice(prefix.length);
  if (entry === undefined) pods.delete(name);
  else pods.set(name, JSON.parse(decoder.decode(entry.value)) as Pod);
}

function boundsBroken(pods: ReadonlyMap<string, Pod>): string[] {
  const staying = [...pods.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ready = staying.filter(isReady).length;
  if (ready >= BOUNDS.least && staying.length <= BOUNDS.most) return [];
  return [`${ready} of ${staying.length} pods were ready`];
}

test("a rollout ends well and keeps its bounds wherever everything is killed and started again", async () => {
  const commits = await rollout(Infinity);
  assert.ok(commits > 50, `${commits} commits`);
  for (let cutAt = REPLAY === undefined ? 0 : Number(REPLAY); cutAt < commits; cutAt += EVERY) {
    try {
      await rollout(cutAt);
    } catch (cause) {
      const replay = `replay with: KNARR_COMMIT=${cutAt} ./knarr test cluster/power_cut`;
      throw new Error(`killed before commit ${cutAt}: ${replay}`, { cause });
    }
  }
});

test("a cluster that is killed at rest starts no container anew", async () => {
  await using story = await Story.begin({ nodes: 2, disk: new MemoryDisk() });
  await story.deploy(4, "app:1");
  await story.rolledOut();
  const ids = async () => (await story.pods()).map((pod) => pod.status.containerStatuses?.[0]?.containerID);
  const before = await ids();
  story.mayComplain = true;
  for (let times = 0; times < 3; times++) {
    await story.cluster.restart();
    await story.cluster.clock.advance("1m");
  }
  assert.deepEqual(await ids(), before);
  assert.equal((await story.deployment()).status.availableReplicas, 4);
});
