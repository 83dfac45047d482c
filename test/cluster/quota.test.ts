import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Pod, ResourceQuota, Service, isApiError } from "knarr";
import { Story } from "./story.ts";

const QUOTA = { namespace: "default", name: "quota" };

async function limited(hard: Record<string, string>, spec: object = {}): Promise<Story> {
  const story = await Story.begin({ nodes: 1 });
  await story.cluster.client.create(ResourceQuota, { metadata: QUOTA, spec: { hard, ...spec } });
  await story.cluster.until(async () => (await used(story)) !== undefined, "1s");
  return story;
}

async function used(story: Story) {
  return (await story.cluster.client.get(ResourceQuota, QUOTA)).status.used;
}

function podNamed(name: string, resources: object = {}) {
  return {
    metadata: { namespace: "default", name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "app:1", resources }] },
  };
}

test("of many pods created at once exactly as many are let in as the quota has room for", async () => {
  await using story = await limited({ pods: "7", "requests.cpu": "100" });
  const { client } = story.cluster;
  const create = (name: string) => client.create(Pod, podNamed(name, { requests: { cpu: "1" } }));
  const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, at) => create(`p${at}`)));
  const refused = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
  assert.equal(refused.length, 23);
  assert.match(
    refused[0]?.message ?? "",
    /^pods "p\d+" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=7, limited: pods=7$/,
  );
  assert.deepEqual(await used(story), { pods: "7", "requests.cpu": "7" });
  await story.cluster.clock.advance("6m");
  assert.deepEqual(await used(story), { pods: "7", "requests.cpu": "7" });
});

test("what goes can be used again, and what ends, too", async () => {
  await using story = await limited({ pods: "1", configmaps: "2", "services.nodeports": "1" });
  const { client } = story.cluster;
  await client.create(Pod, podNamed("one"));
  await assert.rejects(client.create(Pod, podNamed("two")), { reason: "Forbidden" });
  await client.delete(Pod, { namespace: "default", name: "one" });
  await story.cluster.until(async () => (await used(story))?.["pods"] === "0", "30s");
  await client.create(Pod, podNamed("two"));

  // Every namespace has one that it did not make itself.
  assert.equal((await used(story))?.["configmaps"], "1");
  const map = { metadata: { namespace: "default", name: "map" } };
  await client.create(ConfigMap, map);
  assert.equal((await used(story))?.["configmaps"], "2");
  await client.delete(ConfigMap, map.metadata);
  await story.cluster.until(async () => (await used(story))?.["configmaps"] === "1", "5s");

  const metadata = { namespace: "default", name: "web" };
  await client.create(Service, { metadata, spec: { type: "NodePort", ports: [{ port: 80 }] } });
  const body = {
    spec: {
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ],
    },
  };
  await assert.rejects(client.patch(Service, metadata, { type: "merge", body }), {
    message:
      'services "web" is forbidden: exceeded quota: quota, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
  });
  await client.patch(Service, metadata, { type: "merge", body: { spec: { type: "ClusterIP" } } });
  await story.cluster.until(async () => (await used(story))?.["services.nodeports"] === "0", "5s");
});

test("what a quota counts must be said", async () => {
  await using story = await limited({ "limits.memory": "1Gi" });
  await assert.rejects(story.cluster.client.create(Pod, podNamed("silent")), {
    message: 'pods "silent" is forbidden: failed quota: quota: must specify limits.memory for: main',
  });
});

test("a quota for some pods leaves the others alone", async () => {
  await using story = await limited({ pods: "0" }, { scopes: ["BestEffort"] });
  await assert.rejects(story.cluster.client.create(Pod, podNamed("idle")), (error) => isApiError(error, "Forbidden"));
  await story.cluster.client.create(Pod, podNamed("busy", { requests: { cpu: "1m" } }));
});

test("a Deployment says why it has no more pods, and gets them when there is room", async () => {
  await using story = await limited({ pods: "1" });
  story.mayComplain = true;
  await story.deploy(2, "app:1");
  await story.cluster.clock.advance("30s");
  assert.equal((await story.pods()).length, 1);
  const failure = (await story.deployment()).status.conditions?.find(({ type }) => type === "ReplicaFailure");
  assert.match(failure?.message ?? "", /exceeded quota: quota, requested: pods=1, used: pods=1, limited: pods=1/);
  await story.cluster.client.patch(ResourceQuota, QUOTA, { type: "merge", body: { spec: { hard: { pods: "2" } } } });
  await story.rolledOut();
});

test("a dry run uses nothing", async () => {
  await using story = await limited({ "count/pods": "1" });
  await story.cluster.client.create(Pod, podNamed("dry"), { dryRun: true });
  assert.deepEqual(await used(story), { "count/pods": "0" });
});

test("a pod that is resized is charged for what it asks for more", async () => {
  await using story = await limited({ "requests.cpu": "2" });
  const { client } = story.cluster;
  await client.create(Pod, podNamed("one", { requests: { cpu: "1" } }));
  const resize = (cpu: string) => {
    const body = { spec: { containers: [{ name: "main", resources: { requests: { cpu } } }] } };
    const ref = { namespace: "default", name: "one" };
    return client.patch(Pod, ref, { type: "strategic", body }, { subresource: "resize" });
  };
  await assert.rejects(resize("3"), {
    message:
      'pods "one" is forbidden: exceeded quota: quota, requested: requests.cpu=2, used: requests.cpu=1, limited: requests.cpu=2',
  });
  await resize("1500m");
  assert.deepEqual(await used(story), { "requests.cpu": "1500m" });
});
