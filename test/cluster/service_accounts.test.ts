import assert from "node:assert/strict";
import { test } from "node:test";
import { isApiError, Pod, Secret, ServiceAccount } from "knarr";
import { TokenReview } from "#api/authentication/tokenreview.ts";
import { Story } from "./story.ts";

const REF = { namespace: "default", name: "robot-token" };
const ROBOT = { namespace: "default", name: "robot" };
const annotations = { "kubernetes.io/service-account.name": "robot" };
const type = "kubernetes.io/service-account-token";

async function holderOf(story: Story, token: string): Promise<string | undefined> {
  const review = await story.cluster.client.create(TokenReview, { spec: { token } });
  return review.status.authenticated ? review.status.user?.username : undefined;
}

test("a Secret that asks for an account's token is given it, and both end with the account", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  await client.create(ServiceAccount, { metadata: ROBOT });
  await client.create(Secret, { metadata: { ...REF, annotations }, type });
  await clock.settle();
  const { data = {}, metadata } = await client.get(Secret, REF);
  assert.deepEqual(Object.keys(data).toSorted(), ["ca.crt", "namespace", "token"]);
  assert.equal(atob(data["namespace"] ?? ""), "default");
  const { uid } = (await client.get(ServiceAccount, ROBOT)).metadata;
  assert.equal(metadata.annotations?.["kubernetes.io/service-account.uid"], uid);
  const token = atob(data["token"] ?? "");
  await clock.advance("90m");
  assert.equal(await holderOf(story, token), "system:serviceaccount:default:robot");
  await client.delete(ServiceAccount, ROBOT);
  await clock.settle();
  assert.equal(await holderOf(story, token), undefined);
  await assert.rejects(client.get(Secret, REF), (error) => isApiError(error, "NotFound"));
});

test("a pod finds its token where client libraries look, and it lies in memory", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock, nodes } = story.cluster;
  const ref = { namespace: "default", name: "app" };
  await client.create(Pod, { metadata: ref, spec: { containers: [{ name: "main", image: "app:1" }] } });
  await story.cluster.until(async () => (await client.get(Pod, ref)).status.phase === "Running", "1m");
  const { uid } = (await client.get(Pod, ref)).metadata;
  const [mount] =
    nodes[0]?.runtime
      .container(uid, "main")
      ?.config.mounts.filter(
        ({ containerPath }) => containerPath === "/var/run/secrets/kubernetes.io/serviceaccount",
      ) ?? [];
  assert.equal(mount?.readonly, true);
  assert.match(mount?.hostPath ?? "", new RegExp(`/memory/${uid}/kube-api-access-[a-z0-9]{5}$`));
  await clock.settle();
});
