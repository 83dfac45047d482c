import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { deployment, FOREVER, pod, service, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

interface ClaimView {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly volumeName?: string };
  readonly status: { readonly phase: string };
}

interface VolumeView {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly local?: { readonly path: string } };
  readonly status: { readonly phase: string };
}

const claim = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } }, ...spec },
});

/** Notes each of its starts in the volume, then runs for ever. */
const NOTE = `hostname >> /data/starts; ${FOREVER}`;
const volumeMounts = [{ name: "data", mountPath: "/data" }];
const uses = (claimName: string) => ({ volumes: [{ name: "data", persistentVolumeClaim: { claimName } }] });

/** What outlives containers and pods. */
export function volumes(cluster: Cluster): void {
  describe("persistent volumes", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("volumes");
    const claimOf = (name: string) => kubectl.json<ClaimView>(`get pvc ${name}`);
    const volumeOf = (name: string) => kubectl.json<VolumeView>(`get pv ${name}`);
    const inPod = (name: string, script: string) => kubectl.ok(["exec", name, "--", "sh", "-c", script]);

    test("S70 S73: a claim waits for its first pod, and is bound to a volume made where that runs", async () => {
      await cluster.namespace("volumes");
      assert.match(
        await kubectl.ok("get storageclass"),
        /^standard \(default\)\s+knarr\.dev\/local-path\s+Delete\s+WaitForFirstConsumer\s+true/m,
      );
      await kubectl.apply(claim("uploads"));
      await until("it says what it waits for", async () =>
        (await kubectl.ok("describe pvc uploads")).includes("waiting for first consumer to be created before binding"),
      );
      assert.match(await kubectl.ok("get pvc uploads"), /^uploads\s+Pending\s+standard\s/m);
      await kubectl.apply(pod("app", shell(NOTE, { volumeMounts }), uses("uploads")));
      await kubectl.ok("wait --for=condition=Ready pod/app --timeout=60s");
      const { metadata, spec } = await claimOf("uploads");
      const volume = spec.volumeName ?? "";
      assert.equal(volume, `pvc-${metadata.uid}`);
      assert.match(
        await kubectl.ok("get pvc uploads"),
        new RegExp(`^uploads\\s+Bound\\s+${volume}\\s+64Mi\\s+RWO\\s+standard\\s`, "m"),
      );
      assert.match(
        await kubectl.ok(`get pv ${volume}`),
        new RegExp(`^${volume}\\s+64Mi\\s+RWO\\s+Delete\\s+Bound\\s+volumes/uploads\\s+standard\\s`, "m"),
      );
    });

    test("S69 S74: what a pod has written is there for the next, whoever that runs as", async () => {
      await kubectl.ok("delete pod app");
      const securityContext = { runAsUser: 1000, fsGroup: 2000 };
      await kubectl.apply(pod("app", shell(NOTE, { volumeMounts }), { ...uses("uploads"), securityContext }));
      await kubectl.ok("wait --for=condition=Ready pod/app --timeout=60s");
      await until("both have noted their start", async () => (await inPod("app", "cat /data/starts")) === "app\napp\n");
    });

    test("a mount may be read-only, or a part of the volume", async () => {
      const container = shell(FOREVER, {
        volumeMounts: [
          { name: "data", mountPath: "/all", readOnly: true },
          { name: "data", mountPath: "/part", subPath: "a/b" },
        ],
      });
      await kubectl.apply(pod("reader", container, uses("uploads")));
      await kubectl.ok("wait --for=condition=Ready pod/reader --timeout=60s");
      const { code, stderr } = await kubectl.run(["exec", "reader", "--", "touch", "/all/x"]);
      assert.notEqual(code, 0);
      assert.match(stderr, /Read-only file system/);
      await inPod("reader", "echo deep > /part/file");
      assert.equal(await inPod("reader", "cat /all/a/b/file"), "deep\n");
      await kubectl.ok("delete pod reader");
    });

    test("a claim that is deleted stays as long as a pod uses it; then its volume's directory goes", async () => {
      const volume = (await claimOf("uploads")).spec.volumeName ?? "";
      const { path = "" } = (await volumeOf(volume)).spec.local ?? {};
      assert.match(readFileSync(`${path}/starts`, "utf8"), /^app$/m);
      await kubectl.ok("delete pvc uploads --wait=false");
      assert.match(await kubectl.ok("get pvc uploads"), /^uploads\s+Terminating\s/m);
      assert.ok(existsSync(`${path}/starts`));
      await kubectl.ok("delete pod app");
      await kubectl.awaitGone("pvc/uploads", 60);
      await until("the volume is gone", async () => (await kubectl.run(`get pv ${volume}`)).code !== 0);
      assert.equal(existsSync(path), false);
    });

    test("S14 S71: a StatefulSet's pods keep their data over deletion and rollout", async () => {
      const made = deployment("db", 2, shell(NOTE, { name: "db", volumeMounts })) as { spec: object };
      await kubectl.apply(service("db", { clusterIP: "None", ports: [{ port: 80 }] }), {
        ...made,
        kind: "StatefulSet",
        spec: {
          ...made.spec,
          serviceName: "db",
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
          volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim("data").spec }],
        },
      });
      await kubectl.ok("rollout status statefulset db");
      await kubectl.ok("delete pod db-0");
      // For a moment there is no pod of that name.
      await until("its successor is ready", async () => {
        return (await kubectl.run("wait --for=condition=Ready pod/db-0 --timeout=30s")).code === 0;
      });
      await kubectl.ok(`set image statefulset db db=${IMAGE.v2}`);
      await kubectl.ok("rollout status statefulset db");
      assert.equal(await inPod("db-0", "cat /data/starts"), "db-0\ndb-0\ndb-0\n");
      assert.equal(await inPod("db-1", "cat /data/starts"), "db-1\ndb-1\n");
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=db");
      assert.deepEqual(
        items.map(({ spec }) => spec.containers[0]?.image),
        [IMAGE.v2, IMAGE.v2],
      );
    });

    test("its claims go with it, as its retention policy says", async () => {
      const names = (await kubectl.json<List<ClaimView>>("get pvc")).items.map(({ metadata }) => metadata.name);
      assert.deepEqual(names, ["data-db-0", "data-db-1"]);
      await kubectl.ok("delete statefulset db");
      await until("no claim is left", async () => (await kubectl.json<List<ClaimView>>("get pvc")).items.length === 0);
    });

    test("a claim grows where its class allows it", async () => {
      await kubectl.apply(claim("growing"), pod("grower", shell(FOREVER, { volumeMounts }), uses("growing")));
      await kubectl.ok("wait --for=condition=Ready pod/grower --timeout=60s");
      await kubectl.ok(["patch", "pvc", "growing", "-p", '{"spec":{"resources":{"requests":{"storage":"128Mi"}}}}']);
      await until("it has grown", async () => /\s128Mi\s/.test(await kubectl.ok("get pvc growing --no-headers")));
    });

    test("a volume of a pod's own goes with the pod", async () => {
      const ephemeral = { volumeClaimTemplate: { spec: claim("").spec } };
      await kubectl.apply(pod("scratch", shell(NOTE, { volumeMounts }), { volumes: [{ name: "data", ephemeral }] }));
      await kubectl.ok("wait --for=condition=Ready pod/scratch --timeout=60s");
      assert.equal(await inPod("scratch", "cat /data/starts"), "scratch\n");
      const { path = "" } = (await volumeOf((await claimOf("scratch-data")).spec.volumeName ?? "")).spec.local ?? {};
      assert.ok(existsSync(path));
      await kubectl.ok("delete pod scratch");
      await until("its claim is gone", async () => (await kubectl.run("get pvc scratch-data")).code !== 0);
      await until("its directory is gone", () => !existsSync(path));
    });

    test("a volume a person made is kept when it is given back", async () => {
      await kubectl.apply(
        {
          apiVersion: "v1",
          kind: "PersistentVolume",
          metadata: { name: "by-hand" },
          spec: {
            capacity: { storage: "1Gi" },
            accessModes: ["ReadWriteOnce"],
            storageClassName: "by-hand",
            hostPath: { path: `${cluster.data}/by-hand`, type: "DirectoryOrCreate" },
          },
        },
        claim("by-hand", { storageClassName: "by-hand" }),
        pod("writer", shell(NOTE, { volumeMounts }), uses("by-hand")),
      );
      await kubectl.ok("wait --for=condition=Ready pod/writer --timeout=60s");
      await kubectl.ok("delete pod/writer pvc/by-hand");
      await until("it is released", async () => (await volumeOf("by-hand")).status.phase === "Released");
      assert.equal(readFileSync(`${cluster.data}/by-hand/starts`, "utf8"), "writer\n");
      await kubectl.ok("delete pv by-hand");
    });
  });
}
