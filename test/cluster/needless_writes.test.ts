import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "knarr";
import type { ComponentWrite } from "#bin/faults.ts";
import { WORKLOADS } from "./manifests.ts";
import { Story } from "./story.ts";

/** A workload of every kind, and what stands beside them: unnamed ports, a budget, a scaler. */
const MANIFESTS = `
${WORKLOADS}
---
apiVersion: v1
kind: ReplicationController
metadata: { name: old }
spec:
  replicas: 2
  selector: { app: old }
  template: { metadata: { labels: { app: old } }, spec: { containers: [{ name: c, image: "app:1" }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: tidy }
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "app:1" }] } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ name: sql, port: 5432 }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: db }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: StatefulSet, name: db }
  minReplicas: 2
  maxReplicas: 3
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }]
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: all }
spec: { hard: { pods: "40" } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;

const OBJECT = /\/(?:namespaces\/([^/]+)\/)?([^/]+)\/([^/]+?)(?:\/(?:status|scale))?$/;

/** Counts, by object, what components ask to be changed and what is changed by whomever. */
function counting(cluster: Cluster) {
  const asked = new Map<string, number>();
  const changed = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const write = ({ method, path }: ComponentWrite) => {
    const [, scope, plural, name] = OBJECT.exec(path) ?? [];
    if (method === "PUT" || method === "PATCH") count(asked, [plural, scope, name].filter(Boolean).join("/"));
    return undefined;
  };
  cluster.faults = { write };
  const changes = (batch: readonly { readonly key: string }[]) => {
    for (const { key } of batch) count(changed, key.split("/").slice(3).join("/"));
  };
  const { store } = cluster;
  const watch = store.watch("/registry/", { after: store.revision }, { changes, closed() {} });
  return { asked, changed, close: () => watch.close() };
}

test("nothing is written that is so already, while all workloads are made, rolled and scaled", async () => {
  await using story = await Story.begin({ seed: 7 });
  story.mayComplain = true;
  const { cluster } = story;
  const counts = counting(cluster);
  await cluster.apply(MANIFESTS);
  await cluster.clock.advance("3m");
  await cluster.apply(MANIFESTS.replaceAll("app:1", "app:2").replace("replicas: 4", "replicas: 6"));
  await cluster.clock.advance("5m");
  counts.close();
  const needless = [...counts.asked].filter(([key, asked]) => asked > (counts.changed.get(key) ?? 0));
  assert.ok(counts.asked.size > 30, `only ${counts.asked.size} objects were written to`);
  assert.deepEqual(needless, []);
});
