import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Namespace, Pod, ReplicaSet, ReplicationController, ResourceQuota, Secret } from "knarr";
import type { AnyKind } from "#api/object.ts";
import { Story } from "./story.ts";

const NAMESPACE = "default";
const QUOTA = { namespace: NAMESPACE, name: "quota" } as const;
const podSpec = { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "app:1" }] };
const labels = { app: "counted" };
const template = { metadata: { labels }, spec: podSpec };

type Totals = Readonly<Record<string, string>>;

/** What a quota has counted of what it limits; undefined before it has. */
async function used(story: Story, name = "quota"): Promise<Totals | undefined> {
  return (await story.cluster.client.get(ResourceQuota, { ...QUOTA, name })).status.used;
}

/** Waits until a quota counts as much as this, of what is named. */
async function counts(story: Story, totals: Totals, name = "quota"): Promise<void> {
  await story.cluster.until(async () => {
    const now = await used(story, name);
    return Object.entries(totals).every(([resource, value]) => now?.[resource] === value);
  }, "1m");
}

async function limit(story: Story, name: string, hard: Totals, spec: object = {}): Promise<void> {
  await story.cluster.client.create(ResourceQuota, { metadata: { ...QUOTA, name }, spec: { hard, ...spec } });
  await story.cluster.until(async () => (await used(story, name)) !== undefined, "5s");
}

interface Counted {
  readonly resource: string;
  readonly kind: AnyKind;
  readonly rest: object;
}

const COUNTED: readonly Counted[] = [
  {
    resource: "replicationcontrollers",
    kind: ReplicationController,
    rest: { spec: { replicas: 0, selector: labels, template } },
  },
  {
    resource: "count/replicasets.apps",
    kind: ReplicaSet,
    rest: { spec: { replicas: 0, selector: { matchLabels: labels }, template } },
  },
  { resource: "secrets", kind: Secret, rest: { stringData: { a: "b" } } },
  { resource: "configmaps", kind: ConfigMap, rest: { data: { a: "b" } } },
];

for (const { resource, kind, rest } of COUNTED) {
  test(`a quota counts a ${kind.kind} from its creation to its deletion, and lets no more in than it has room for`, async () => {
    await using story = await Story.begin({ nodes: 1 });
    const { cluster } = story;
    // Every namespace has a ConfigMap that nobody made.
    const given = kind === ConfigMap ? 1 : 0;
    await limit(story, "quota", { [resource]: String(given + 1) });
    await counts(story, { [resource]: String(given) });
    const make = (name: string) =>
      cluster.apply(
        JSON.stringify({
          apiVersion: kind.apiVersion,
          kind: kind.kind,
          metadata: { namespace: NAMESPACE, name },
          ...rest,
        }),
      );
    await make("one");
    assert.equal((await used(story))?.[resource], String(given + 1));
    await assert.rejects(make("two"), { reason: "Forbidden" });
    await cluster.client.delete(kind, { namespace: NAMESPACE, name: "one" });
    await counts(story, { [resource]: String(given) });
    await make("two");
  });
}

test("a quota counts Services by what they take: an address, a node port, a load balancer", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { cluster } = story;
  // One is there in every cluster: that of the API.
  await limit(story, "quota", { services: "4", "services.nodeports": "1", "services.loadbalancers": "1" });
  await counts(story, { services: "1", "services.nodeports": "0" });
  const make = (name: string, type: string, more = {}) =>
    cluster.apply(
      JSON.stringify({
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: NAMESPACE, name },
        spec: { type, ports: [{ port: 80 }], ...more },
      }),
    );
  await make("plain", "ClusterIP");
  await make("node", "NodePort");
  await counts(story, { services: "3", "services.nodeports": "1", "services.loadbalancers": "0" });
  await assert.rejects(make("balanced", "LoadBalancer"), /exceeded quota: quota, requested: services\.nodeports=1/);
  await make("balanced", "LoadBalancer", { allocateLoadBalancerNodePorts: false });
  assert.deepEqual(await used(story), { services: "4", "services.nodeports": "1", "services.loadbalancers": "1" });
  await assert.rejects(make("more", "ClusterIP"), /exceeded quota: quota, requested: services=1/);
});

test("a quota counts what a pod asks for while it lives, and a change that would ask for more is refused", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  const extended = "requests.example.com/dongle";
  await limit(story, "quota", {
    pods: "5",
    cpu: "1",
    memory: "500Mi",
    "requests.ephemeral-storage": "50Gi",
    [extended]: "3",
  });
  const asking = (cpu: string) => {
    const requests = { cpu, memory: "252Mi", "ephemeral-storage": "30Gi", "example.com/dongle": "2" };
    const resources = { requests, limits: { "example.com/dongle": "2" } };
    return { ...podSpec, containers: [{ name: "main", image: "app:1", resources }] };
  };
  const nothing = { pods: "0", cpu: "0", memory: "0", "requests.ephemeral-storage": "0", [extended]: "0" };
  await counts(story, nothing);
  const pod = { namespace: NAMESPACE, name: "one" };
  await client.create(Pod, { metadata: pod, spec: asking("500m") });
  const all = { pods: "1", cpu: "500m", memory: "252Mi", "requests.ephemeral-storage": "30Gi", [extended]: "2" };
  assert.deepEqual(await used(story), all);
  const second = client.create(Pod, { metadata: { ...pod, name: "two" }, spec: asking("600m") });
  await assert.rejects(second, /exceeded quota: quota, requested: cpu=600m/);
  await client.patch(Pod, pod, { type: "merge", body: { metadata: { labels: { a: "b" } } } });
  assert.deepEqual(await used(story), all);
  await client.delete(Pod, pod);
  await counts(story, nothing);
});

test("quotas for pods that ask for something and for those that do not count each their own", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  await limit(story, "idle", { pods: "5" }, { scopes: ["BestEffort"] });
  await limit(story, "busy", { pods: "5" }, { scopes: ["NotBestEffort"] });
  const create = (name: string, resources: object) =>
    client.create(Pod, {
      metadata: { namespace: NAMESPACE, name },
      spec: { ...podSpec, containers: [{ name: "main", image: "app:1", resources }] },
    });
  await create("asks-nothing", {});
  assert.deepEqual([await used(story, "idle"), await used(story, "busy")], [{ pods: "1" }, { pods: "0" }]);
  await client.delete(Pod, { namespace: NAMESPACE, name: "asks-nothing" });
  await counts(story, { pods: "0" }, "idle");
  await create("asks", { requests: { cpu: "100m" } });
  assert.deepEqual([await used(story, "idle"), await used(story, "busy")], [{ pods: "0" }, { pods: "1" }]);
});

test("quotas for pods with a deadline and for those without count each their own", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  await limit(story, "ending", { pods: "5" }, { scopes: ["Terminating"] });
  await limit(story, "endless", { pods: "5" }, { scopes: ["NotTerminating"] });
  const create = (name: string, more: object) =>
    client.create(Pod, { metadata: { namespace: NAMESPACE, name }, spec: { ...podSpec, ...more } });
  await create("endless", {});
  assert.deepEqual([await used(story, "ending"), await used(story, "endless")], [{ pods: "0" }, { pods: "1" }]);
  await create("ending", { activeDeadlineSeconds: 3_600 });
  assert.deepEqual([await used(story, "ending"), await used(story, "endless")], [{ pods: "1" }, { pods: "1" }]);
  await client.delete(Pod, { namespace: NAMESPACE, name: "ending" });
  await counts(story, { pods: "0" }, "ending");
});

test("the life of quotas: counted at once, patched, listed everywhere, replaced, and deleted by their label", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  await client.create(Namespace, { metadata: { name: "other" } });
  await story.cluster.clock.advance("1s");
  for (const namespace of [NAMESPACE, "other"]) {
    const metadata = { namespace, name: "quota", labels: { group: "g" } };
    await client.create(ResourceQuota, { metadata, spec: { hard: { cpu: "1", memory: "500Mi" } } });
  }
  await story.cluster.until(async () => (await used(story)) !== undefined, "5s");
  const patched = await client.patch(ResourceQuota, QUOTA, {
    type: "merge",
    body: { spec: { hard: { memory: "750Mi" } } },
  });
  assert.deepEqual(patched.spec.hard, { cpu: "1", memory: "750Mi" });
  await story.cluster.until(
    async () => (await client.get(ResourceQuota, QUOTA)).status.hard?.["memory"] === "750Mi",
    "5s",
  );
  const current = await client.get(ResourceQuota, QUOTA);
  await client.update(ResourceQuota, { ...current, spec: { ...current.spec, hard: { cpu: "2", memory: "1Gi" } } });
  assert.equal((await client.list(ResourceQuota, { labelSelector: "group=g" })).items.length, 2);
  await client.deleteCollection(ResourceQuota, { namespace: NAMESPACE, labelSelector: "group=g" });
  const { items } = await client.list(ResourceQuota, { labelSelector: "group=g" });
  assert.deepEqual(
    items.map(({ metadata }) => metadata.namespace),
    ["other"],
  );
});

test("the status of a quota is patched and replaced at a path of its own; what is wrong there is counted anew", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  await limit(story, "quota", { cpu: "500m", memory: "500Mi" });
  await counts(story, { cpu: "0", memory: "0" });
  const hard = { cpu: "500m", memory: "25Mi" };
  const write = { type: "merge", body: { status: { hard } } } as const;
  const patched = await client.patch(ResourceQuota, QUOTA, write, { subresource: "status" });
  assert.deepEqual([patched.status.hard, patched.spec.hard], [hard, { cpu: "500m", memory: "500Mi" }]);
  await story.cluster.until(async () => (await client.get(ResourceQuota, QUOTA)).status.hard?.["memory"] === "500Mi");
  const current = await client.get(ResourceQuota, QUOTA);
  const replaced = await client.updateStatus(ResourceQuota, {
    ...current,
    status: { ...current.status, used: { cpu: "400m" } },
  });
  assert.deepEqual(replaced.status.used, { cpu: "400m" });
  await counts(story, { cpu: "0", memory: "0" });
});
