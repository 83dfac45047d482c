/** The objects that benchmarks write, of the size that real ones have. */

const NAMESPACE = "default";

/** What is written: pods of one template, pods of which each says something else, or config maps. */
export type Written = "pods" | "unlike pods" | "configmaps";

export function pathOf(written: Written): string {
  const resource = written === "configmaps" ? "configmaps" : "pods";
  return `/api/v1/namespaces/${NAMESPACE}/${resource}`;
}

/** An object as a client sends it: a pod nobody schedules, or a config map of about 1 kB. */
export function bodyOf(written: Written, name: string): Buffer {
  if (written === "configmaps") return Buffer.from(JSON.stringify(configMapOf(name)));
  return Buffer.from(JSON.stringify(podOf(name, written === "pods" ? "info" : name)));
}

function configMapOf(name: string): object {
  const metadata = { name, namespace: NAMESPACE };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { settings: "x".repeat(900) } };
}

function podOf(name: string, level: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE, labels: { app: "bench", tier: "backend", turn: "0" } },
    spec: {
      // No scheduler of that name: the pod stays as it is, and the API server alone is measured.
      schedulerName: "nobody",
      containers: [
        {
          name: "app",
          image: "registry.example/bench/app:1.0.0",
          ports: [{ name: "http", containerPort: 8080 }],
          env: [
            { name: "LEVEL", value: level },
            { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          ],
          resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 5 },
        },
      ],
    },
  };
}
