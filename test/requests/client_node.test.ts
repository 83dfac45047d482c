import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AppsV1Api,
  AutoscalingV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  VersionApi,
  Watch,
  makeInformer,
  type V1ConfigMap,
} from "@kubernetes/client-node";
import { createCluster } from "knarr";

/*
 * The JavaScript client of the Kubernetes project against a cluster with a port, over TLS.
 */

const MAPS = "/api/v1/namespaces/default/configmaps";

async function connected() {
  const cluster = await createCluster({ port: 0, clock: "real" });
  const config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig ?? "");
  return { cluster, config, core: config.makeApiClient(CoreV1Api), [Symbol.asyncDispose]: () => cluster.stop() };
}

const map = (name: string, data: Record<string, string> = {}): V1ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels: { test: "yes" } },
  data,
});

test("the JavaScript client creates, lists in pages, patches, and learns why not", async () => {
  await using connection = await connected();
  const { config, core } = connection;
  const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
  assert.match(gitVersion, /^v1\.36/);
  for (const name of ["a", "b", "c"]) await core.createNamespacedConfigMap({ namespace: "default", body: map(name) });
  const names: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await core.listNamespacedConfigMap({
      namespace: "default",
      labelSelector: "test=yes",
      limit: 2,
      ...(token !== undefined && { _continue: token }),
    });
    names.push(...page.items.map(({ metadata }) => metadata?.name));
    token = page.metadata?._continue;
  } while (token !== undefined);
  assert.deepEqual(names, ["a", "b", "c"]);
  const operation = [{ op: "add", path: "/data", value: { x: "y" } }];
  const patched = await core.patchNamespacedConfigMap({ namespace: "default", name: "a", body: operation });
  assert.deepEqual(patched.data, { x: "y" });
  await assert.rejects(core.readNamespacedConfigMap({ namespace: "default", name: "nothing" }), { code: 404 });
});

test("its watch tells of each change, and its server-side apply of who applied", async () => {
  await using connection = await connected();
  const { config } = connection;
  const objects = KubernetesObjectApi.makeApiClient(config);
  const seen: string[] = [];
  const { promise: deleted, resolve, reject } = Promise.withResolvers<void>();
  const watch = await new Watch(config).watch(
    MAPS,
    { labelSelector: "test=yes" },
    (phase, object: V1ConfigMap) => {
      seen.push(`${phase} ${object.metadata?.name}`);
      if (phase === "DELETED") resolve();
    },
    (error: unknown) => (error === null || error === undefined ? resolve() : reject(error)),
  );
  const apply = (data: Record<string, string>) =>
    objects.patch(map("a", data), undefined, undefined, "tester", true, PatchStrategy.ServerSideApply);
  await apply({ a: "1" });
  const applied = await apply({ b: "2" });
  assert.deepEqual(applied.data, { b: "2" });
  assert.equal(applied.metadata?.managedFields?.[0]?.manager, "tester");
  await objects.delete(map("a"));
  await deleted;
  watch.abort();
  assert.deepEqual(seen, ["ADDED a", "MODIFIED a", "DELETED a"]);
});

test("its informer keeps a copy that follows the cluster", async () => {
  await using connection = await connected();
  const { config, core } = connection;
  await core.createNamespacedConfigMap({ namespace: "default", body: map("before") });
  const list = () => core.listNamespacedConfigMap({ namespace: "default", labelSelector: "test=yes" });
  const informer = makeInformer(config, MAPS, list, "test=yes");
  const { promise: added, resolve } = Promise.withResolvers<void>();
  const names = new Set<string>();
  informer.on("add", ({ metadata }) => {
    names.add(metadata?.name ?? "");
    if (names.size === 2) resolve();
  });
  await informer.start();
  await core.createNamespacedConfigMap({ namespace: "default", body: map("after") });
  await added;
  await informer.stop();
  assert.deepEqual([...names].toSorted(), ["after", "before"]);
});

test("its typed clients scale a Deployment and make an autoscaler of the first version", async () => {
  await using connection = await connected();
  const { config } = connection;
  const apps = config.makeApiClient(AppsV1Api);
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
  const target = { namespace: "default", name: "web" };
  await apps.createNamespacedDeployment({
    namespace: "default",
    body: { metadata: { name: "web" }, spec: { selector: { matchLabels: labels }, template } },
  });
  const scale = await apps.readNamespacedDeploymentScale(target);
  // Whatever its version by now: the Deployment's own controller writes its status meanwhile.
  const body = { ...scale, metadata: { ...target }, spec: { replicas: 3 } };
  assert.equal((await apps.replaceNamespacedDeploymentScale({ ...target, body })).spec?.replicas, 3);
  const autoscaling = config.makeApiClient(AutoscalingV1Api);
  const spec = {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    maxReplicas: 5,
    targetCPUUtilizationPercentage: 60,
  };
  const made = await autoscaling.createNamespacedHorizontalPodAutoscaler({
    namespace: "default",
    body: { metadata: { name: "web" }, spec },
  });
  assert.equal(made.spec?.targetCPUUtilizationPercentage, 60);
});
