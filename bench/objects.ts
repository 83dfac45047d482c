/** The objects that benchmarks write, of the size that real ones have. */

const NAMESPACE = "default";

export function pathOf(resource: "pods" | "configmaps"): string {
  return `/api/v1/namespaces/${NAMESPACE}/${resource}`;
}

/** An object as a client sends it: a pod nobody schedules, or a config map of about 1 kB. */
export function bodyOf(resource: "pods" | "configmaps", name: string): Buffer {
  return Buffer.from(JSON.stringify(resource === "pods" ? podOf(name) : configMapOf(name)));
}

function configMapOf(name: string): object {
  const metadata = { name, namespace: NAMESPACE };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { settings: "x".repeat(900) } };
}

function podOf(name: string): object {
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
            { name: "LEVEL", value: "info" },
            { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          ],
          resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 5 },
        },
      ],
    },
  };
}
