import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistentVolume, type PersistentVolumeDraft } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { NodeUnderTest } from "../node_suite.ts";

const DATA = { namespace: "default", name: "data" } as const;

/** A node whose API has the claim `data`, bound to the volume `pv`. */
async function withClaim(spec: Partial<PersistentVolumeDraft["spec"]>, annotations: Record<string, string> = {}) {
  const n = new NodeUnderTest();
  await n.start();
  const claim = await n.api.create(PersistentVolumeClaim, {
    metadata: DATA,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" },
  });
  const { uid } = claim.metadata;
  const volume = await n.api.create(PersistentVolume, {
    metadata: { name: "pv", annotations },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], claimRef: { ...DATA, uid }, ...spec },
  });
  await n.api.updateStatus(PersistentVolume, { ...volume, status: { phase: "Bound" } });
  return { n, claim };
}

async function bind({ n, claim }: Awaited<ReturnType<typeof withClaim>>): Promise<void> {
  const bound = await n.api.update(PersistentVolumeClaim, { ...claim, spec: { ...claim.spec, volumeName: "pv" } });
  await n.api.updateStatus(PersistentVolumeClaim, { ...bound, status: { phase: "Bound" } });
}

const use = (mount: object = {}, source: object = {}, more: object = {}) => ({
  containers: [{ name: "main", image: "app:1", volumeMounts: [{ name: "v", mountPath: "/data", ...mount }] }],
  volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data", ...source } }],
  ...more,
});

const mountOf = (n: NodeUnderTest, uid: string) =>
  n.runtime.container(uid, "main")?.config.mounts.find((each) => each.containerPath === "/data");

const onNode = (name: string) => ({
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [name] }] }],
  },
});
const OURS = { "pv.kubernetes.io/provisioned-by": "knarr.dev/local-path" };

test("a pod waits until its claim is bound, and is shown its volume", async () => {
  const world = await withClaim({ hostPath: { path: "/srv/data" } });
  const { n } = world;
  const { metadata } = await n.createPod("web", use({ subPath: "app" }, { readOnly: true }));
  const waiting =
    "FailedMount Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], " +
    "failed to process volumes=[v]: error processing PVC default/data: PVC is not bound";
  assert.ok((await n.events()).includes(waiting), (await n.events()).join("\n"));
  await bind(world);
  await n.clock.advance(3_000);
  const mount = mountOf(n, metadata.uid);
  assert.deepEqual([mount?.hostPath, mount?.readonly], ["/srv/data/app", true]);
});

test("a volume made for this node is a directory of its own that outlives its pods", async () => {
  const path = "/data/local-volumes/pv";
  const world = await withClaim(
    { local: { path }, nodeAffinity: onNode("n1"), persistentVolumeReclaimPolicy: "Delete" },
    OURS,
  );
  const { n } = world;
  await bind(world);
  await n.files.mkdir(`${path}/sub`);
  await n.files.chmod(path, 0o777);
  await n.files.appendFile(`${path}/sub/old`, "1");
  await n.files.symlink("/etc", `${path}/out`);
  const { metadata } = await n.createPod("web", use({}, {}, { securityContext: { fsGroup: 2000 } }));
  assert.equal(mountOf(n, metadata.uid)?.hostPath, path);
  const { mode, gid } = await n.files.stat(path);
  assert.deepEqual([mode, gid], [0o2777, 2000]);
  const old = await n.files.stat(`${path}/sub/old`);
  assert.deepEqual([old.mode, old.gid, (await n.files.stat("/etc")).gid], [0o664, 2000, 0]);
  await n.files.appendFile(`${path}/kept`, "1");
  await n.deletePod("web", 0);
  await n.clock.advance(5_000);
  assert.equal(await n.exists("web"), false);
  assert.equal(await n.files.readText(`${path}/kept`), "1");
  const volume = await n.api.get(PersistentVolume, { name: "pv" });
  await n.api.updateStatus(PersistentVolume, { ...volume, status: { phase: "Released" } });
  await n.clock.advance(1_000);
  assert.equal(await n.files.exists(path), false);
  const left = await n.api.get(PersistentVolume, { name: "pv" });
  assert.ok(left.metadata.deletionTimestamp);
});

test("an agent that starts anew shows a container that is restarted the same volume, and no new pod one on its way out", async () => {
  const world = await withClaim({ hostPath: { path: "/srv/data" } });
  const { n } = world;
  await bind(world);
  const { metadata } = await n.createPod("web", use());
  const first = n.runtime.container(metadata.uid, "main");
  await n.api.delete(PersistentVolumeClaim, DATA);
  await n.restartAgent();
  first?.exit(1);
  await n.clock.advance(30_000);
  const refused = await n.createPod("late", use());
  assert.equal(mountOf(n, refused.metadata.uid), undefined);
  const events = await n.events();
  assert.ok(
    events.some((line) => line.endsWith("error processing PVC default/data: PVC is being deleted")),
    events.join("\n"),
  );
  const second = n.runtime.container(metadata.uid, "main");
  assert.notEqual(second, first);
  assert.equal(mountOf(n, metadata.uid)?.hostPath, "/srv/data");
});

test("a volume that is kept, or is another's, stays when it is given back", async () => {
  for (const spec of [
    { local: { path: "/data/local-volumes/pv" }, nodeAffinity: onNode("n1") },
    { local: { path: "/data/local-volumes/pv" }, nodeAffinity: onNode("n2"), persistentVolumeReclaimPolicy: "Delete" },
    { local: { path: "/etc" }, nodeAffinity: onNode("n1"), persistentVolumeReclaimPolicy: "Delete" },
  ]) {
    const { n } = await withClaim(spec, OURS);
    await n.files.mkdir("/data/local-volumes/pv");
    const volume = await n.api.get(PersistentVolume, { name: "pv" });
    await n.api.updateStatus(PersistentVolume, { ...volume, status: { phase: "Released" } });
    await n.clock.advance(1_000);
    assert.ok(await n.files.exists("/data/local-volumes/pv"));
    assert.ok(await n.files.exists("/etc"));
    assert.equal((await n.api.get(PersistentVolume, { name: "pv" })).metadata.deletionTimestamp, undefined);
  }
});

const refusals: readonly { name: string; spec: Partial<PersistentVolumeDraft["spec"]>; says: string }[] = [
  {
    name: "is on another node",
    spec: { local: { path: "/srv" }, nodeAffinity: onNode("n2") },
    says: 'FailedMount MountVolume.NodeAffinity check failed for volume "pv" : no matching NodeSelectorTerms',
  },
  {
    name: "has no directory",
    spec: { local: { path: "/srv" }, nodeAffinity: onNode("n1") },
    says: 'FailedMount MountVolume.NewMounter initialization failed for volume "pv" : path "/srv" does not exist',
  },
  {
    name: "is not of the type it should be",
    spec: { hostPath: { path: "/srv", type: "Directory" } },
    says: 'FailedMount MountVolume.SetUp failed for volume "pv" : hostPath type check failed: /srv is not a directory',
  },
];
for (const { name, spec, says } of refusals) {
  test(`a pod whose volume ${name} waits and says so`, async () => {
    const world = await withClaim(spec);
    await bind(world);
    await world.n.createPod("web", use());
    const events = await world.n.events();
    assert.ok(events.includes(says), events.join("\n"));
  });
}
