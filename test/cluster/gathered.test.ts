import assert from "node:assert/strict";
import { test } from "node:test";
import { Endpoints, EndpointSlice, Service } from "knarr";
import { ClusterRole } from "#api/rbac/clusterrole.ts";
import { Story } from "./story.ts";

const REF = { namespace: "default", name: "outside" };

async function mirrored(story: Story): Promise<string[]> {
  const options = { namespace: "default", labelSelector: "kubernetes.io/service-name=outside" };
  const { items } = await story.cluster.client.list(EndpointSlice, options);
  return items
    .map(({ addressType, endpoints, ports }) => {
      const shown = endpoints.map(({ addresses, conditions }) => `${addresses[0]}${conditions?.ready ? "" : "!"}`);
      return `${addressType} ${shown.join(",")} :${ports.map(({ port }) => port).join(",")}`;
    })
    .toSorted();
}

test("Endpoints written by hand are shown in slices, and follow them", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  const subset = {
    addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }],
    notReadyAddresses: [{ ip: "192.0.2.2" }],
    ports: [{ port: 5432 }],
  };
  await client.create(Endpoints, { metadata: REF, subsets: [subset] });
  await clock.settle();
  assert.deepEqual(await mirrored(story), [], "there is no Service yet");
  await client.create(Service, { metadata: REF, spec: { ports: [{ port: 5432 }] } });
  await clock.settle();
  assert.deepEqual(await mirrored(story), ["IPv4 192.0.2.1,192.0.2.2! :5432", "IPv6 2001:db8::1 :5432"]);

  const { items } = await client.list(EndpointSlice, { namespace: "default" });
  const before = items.map(({ metadata }) => metadata.uid);
  const body = { subsets: [{ addresses: [{ ip: "192.0.2.9" }], ports: [{ port: 5432 }] }] };
  await client.patch(Endpoints, REF, { type: "merge", body });
  await clock.settle();
  assert.deepEqual(await mirrored(story), ["IPv4 192.0.2.9 :5432"]);
  const after = (await client.list(EndpointSlice, { namespace: "default" })).items;
  assert.ok(
    after.every(({ metadata }) => before.includes(metadata.uid)),
    "a slice is changed, not replaced",
  );

  const labels = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  await client.patch(Endpoints, REF, { type: "merge", body: { metadata: { labels } } });
  await clock.settle();
  assert.deepEqual(await mirrored(story), []);
});

test("slices go with their Endpoints, or when pods serve the Service", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  const subsets = [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }] }];
  await client.create(Service, { metadata: REF, spec: { ports: [{ port: 80 }] } });
  await client.create(Endpoints, { metadata: REF, subsets });
  await clock.settle();
  assert.equal((await mirrored(story)).length, 1);
  await client.delete(Endpoints, REF);
  await story.cluster.until(async () => (await mirrored(story)).length === 0, "30s");
});

test("a role that gathers others has what they have, as they come and go", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { to: "watch" } }] };
  await client.create(ClusterRole, { metadata: { name: "watcher" }, aggregationRule, rules: [] });
  const rules = [{ verbs: ["watch"], apiGroups: [""], resources: ["pods"] }];
  await client.create(ClusterRole, { metadata: { name: "part", labels: { to: "watch" } }, rules });
  await clock.settle();
  assert.deepEqual((await client.get(ClusterRole, { name: "watcher" })).rules, rules);
  await client.delete(ClusterRole, { name: "part" });
  await clock.settle();
  assert.deepEqual((await client.get(ClusterRole, { name: "watcher" })).rules ?? [], []);
});
