import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Deployment, Pod, ReplicaSet, Service, EndpointSlice } from "knarr";
import { imageOf, isReady, revisionOf, Story } from "./story.ts";

const HELLO = { namespace: "default", name: "hello-app" };
const HELLO_IMAGE = "080196/hello-app";

test("the tutorial: apply, set image twice, history, undo to the second, at most as many old ReplicaSets as wanted", async () => {
  await using story = await Story.begin();
  const { cluster } = story;
  const { client } = cluster;
  const hello = () => client.get(Deployment, HELLO);
  const rolledOut = (version: string) =>
    cluster.until(async () => {
      const pods = (await story.pods()).filter((pod) => !pod.metadata.deletionTimestamp);
      return pods.length === 3 && pods.every((pod) => imageOf(pod) === `${HELLO_IMAGE}:${version}` && isReady(pod));
    });
  const setImage = async (version: string) => {
    const containers = [{ name: "hello-app", image: `${HELLO_IMAGE}:${version}` }];
    await client.patch(Deployment, HELLO, {
      type: "strategic",
      body: { spec: { template: { spec: { containers } } } },
    });
    await rolledOut(version);
  };
  await cluster.apply(readFileSync("examples/hello-app/hello-deploy.yaml", "utf8"));
  await rolledOut("v1");
  assert.equal((await client.get(Service, HELLO)).spec.ports?.[0]?.nodePort, 31_000);
  await setImage("v2");
  await setImage("v3");
  assert.deepEqual(await story.revisions(), [
    `1: ${HELLO_IMAGE}:v1 x0`,
    `2: ${HELLO_IMAGE}:v2 x0`,
    `3: ${HELLO_IMAGE}:v3 x3`,
  ]);
  // What `rollout undo --to-revision=2` sends: the template of that revision.
  const sets = (await client.list(ReplicaSet)).items;
  const second = sets.find((rs) => revisionOf(rs) === 2);
  const { "pod-template-hash": _, ...labels } = second?.spec.template.metadata?.labels ?? {};
  const template = { ...second?.spec.template, metadata: { labels } };
  await client.patch(Deployment, HELLO, {
    type: "json",
    body: [{ op: "replace", path: "/spec/template", value: template }],
  });
  await rolledOut("v2");
  assert.deepEqual(await story.revisions(), [
    `1: ${HELLO_IMAGE}:v1 x0`,
    `3: ${HELLO_IMAGE}:v3 x0`,
    `4: ${HELLO_IMAGE}:v2 x3`,
  ]);
  await client.patch(Deployment, HELLO, { type: "merge", body: { spec: { revisionHistoryLimit: 1 } } });
  await cluster.clock.advance("10s");
  assert.deepEqual(await story.revisions(), [`3: ${HELLO_IMAGE}:v3 x0`, `4: ${HELLO_IMAGE}:v2 x3`]);
  assert.equal((await hello()).metadata.annotations?.["deployment.kubernetes.io/revision"], "4");
  const slices = (await client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=hello-app" })).items;
  const addresses = slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((each) => each.addresses));
  assert.deepEqual(addresses.toSorted(), (await story.pods()).map((pod) => pod.status.podIP).toSorted());
  await client.delete(Deployment, HELLO, { propagationPolicy: "Background" });
  await client.delete(Service, HELLO);
  await cluster.until(async () => (await story.pods()).length === 0);
  assert.deepEqual((await client.list(ReplicaSet)).items, []);
});

const bounds = [
  { name: "the defaults, 25 % and 25 %", replicas: 10, rollingUpdate: {}, least: 8, most: 13 },
  { name: "surge only", replicas: 4, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, least: 4, most: 5 },
  { name: "no surge", replicas: 4, rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }, least: 3, most: 4 },
  { name: "two at a time each way", replicas: 7, rollingUpdate: { maxSurge: 2, maxUnavailable: 2 }, least: 5, most: 9 },
  {
    name: "everything at once",
    replicas: 5,
    rollingUpdate: { maxSurge: "100%", maxUnavailable: "100%" },
    least: 0,
    most: 10,
  },
  { name: "one replica", replicas: 1, rollingUpdate: {}, least: 1, most: 2 },
];
for (const { name, replicas, rollingUpdate, least, most } of bounds) {
  test(`a rolling update keeps its bounds at every write: ${name}`, async () => {
    await using story = await Story.begin();
    await story.deploy(replicas, "app:1", { strategy: { type: "RollingUpdate", rollingUpdate } });
    await story.rolledOut();
    const seen = { least: replicas, most: 0 };
    const stop = story.watchPods((pods) => {
      seen.least = Math.min(seen.least, pods.filter(isReady).length);
      seen.most = Math.max(seen.most, pods.length);
    });
    await story.setImage("app:2");
    await story.rolledOut();
    stop();
    assert.ok(seen.least >= least, `only ${seen.least} were available, ${least} must be`);
    assert.ok(seen.most <= most, `there were ${seen.most} pods, ${most} may be`);
    assert.deepEqual(await story.revisions(), ["1: app:1 x0", `2: app:2 x${replicas}`]);
  });
}

test("an image that does not exist stops a rollout of 10 at exactly 5 new and 8 old, tells why, and undo repairs it", async () => {
  await using story = await Story.begin();
  const { cluster } = story;
  await story.deploy(10, "app:1");
  await story.rolledOut();
  const before = new Set((await story.pods()).map((pod) => pod.metadata.name));
  await story.setImage("app:missing");
  await cluster.clock.advance("3m");
  assert.deepEqual(await story.revisions(), ["1: app:1 x8", "2: app:missing x5"]);
  const reasons = (await story.pods())
    .filter((pod) => imageOf(pod) === "app:missing")
    .map((pod) => pod.status.containerStatuses?.[0]?.state?.waiting?.reason ?? "");
  assert.equal(reasons.length, 5);
  for (const reason of reasons) assert.ok(["ErrImagePull", "ImagePullBackOff"].includes(reason), reason);
  assert.equal((await story.deployment()).status.availableReplicas, 8);
  await cluster.clock.advance("10m");
  const stuck = (await story.deployment()).status.conditions?.find(({ type }) => type === "Progressing");
  assert.deepEqual([stuck?.status, stuck?.reason], ["False", "ProgressDeadlineExceeded"]);
  await story.setImage("app:1");
  await story.rolledOut();
  const kept = (await story.pods()).filter((pod) => before.has(pod.metadata.name));
  assert.equal(kept.length, 8, "the 8 that served all along are not replaced");
  assert.deepEqual(await story.revisions(), ["2: app:missing x0", "3: app:1 x10"]);
});

test("Recreate lets the last old pod end before the first new one is made", async () => {
  await using story = await Story.begin();
  await story.deploy(4, "app:1", { strategy: { type: "Recreate" } });
  await story.rolledOut();
  let mixed = 0;
  const stop = story.watchPods((pods) => {
    if (new Set(pods.map(imageOf)).size > 1) mixed++;
  });
  await story.setImage("app:2");
  await story.rolledOut();
  stop();
  assert.equal(mixed, 0);
});

test("a paused Deployment scales but does not roll; resumed, it rolls once for all that was changed", async () => {
  await using story = await Story.begin();
  await story.deploy(4, "app:1");
  await story.rolledOut();
  await story.change({ paused: true });
  await story.setImage("app:2");
  await story.setImage("app:3");
  await story.change({ replicas: 6 });
  await story.cluster.clock.advance("1m");
  assert.deepEqual(await story.revisions(), ["1: app:1 x6"]);
  await story.change({ paused: false });
  await story.rolledOut();
  assert.deepEqual(await story.revisions(), ["1: app:1 x0", "2: app:3 x6"]);
});

test("a change in the middle of a rollout goes straight to the newest template, inside the bounds", async () => {
  await using story = await Story.begin();
  await story.deploy(10, "app:1", { minReadySeconds: 1 });
  await story.rolledOut();
  let least = 10;
  let most = 0;
  const stop = story.watchPods((pods) => {
    least = Math.min(least, pods.filter(isReady).length);
    most = Math.max(most, pods.length);
  });
  await story.setImage("app:2");
  await story.cluster.clock.advance("1500ms");
  const [, middle] = await story.revisions();
  assert.match(middle ?? "", /^2: app:2 x[1-9]$/, "the second is under way");
  await story.setImage("app:3");
  await story.rolledOut();
  stop();
  assert.ok(least >= 8 && most <= 13, `${least} to ${most}`);
  assert.deepEqual(await story.revisions(), ["1: app:1 x0", "2: app:2 x0", "3: app:3 x10"]);
});

test("a readiness probe that fails keeps new pods out of the Service and old ones in it", async () => {
  await using story = await Story.begin();
  const readinessProbe = { httpGet: { path: "/ready", port: 80 }, periodSeconds: 1 };
  const containers = [{ name: "web", image: "app:1", readinessProbe }];
  await story.deploy(4, "app:1", { template: { metadata: { labels: { app: "web" } }, spec: { containers } } });
  await story.cluster.client.create(Service, {
    metadata: { namespace: "default", name: "web" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  await story.rolledOut();
  await story.setImage("app:unready");
  await story.cluster.clock.advance("2m");
  assert.deepEqual(await story.revisions(), ["1: app:1 x3", "2: app:unready x2"]);
  const [slice] = (await story.cluster.client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=web" }))
    .items;
  const serving = slice?.endpoints?.filter((each) => each.conditions?.ready).map((each) => each.targetRef?.name);
  const old = (await story.pods()).filter((pod) => imageOf(pod) === "app:1").map((pod) => pod.metadata.name);
  assert.deepEqual(serving?.toSorted(), old.toSorted());
  assert.equal(slice?.endpoints?.length, 5);
  const told = await story.events("Pod");
  assert.ok(told.includes("Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503"), told.join("\n"));
});

test("a pod that is deleted is replaced at once, and its containers end by SIGTERM", async () => {
  await using story = await Story.begin();
  await story.deploy(3, "app:1");
  await story.rolledOut();
  const [victim] = await story.pods();
  assert.ok(victim);
  await story.cluster.client.delete(Pod, victim.metadata);
  await story.cluster.clock.advance("5s");
  await story.rolledOut();
  const names = (await story.pods()).map((pod) => pod.metadata.name);
  assert.ok(names.length === 3 && !names.includes(victim.metadata.name));
});
