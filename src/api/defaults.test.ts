import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { DaemonSet } from "./apps/daemonset.ts";
import { Deployment } from "./apps/deployment.ts";
import { StatefulSet } from "./apps/statefulset.ts";
import { decode } from "./codec/decode.ts";
import { documentOf } from "./codec/document.ts";
import { LimitRange } from "./core/limitrange.ts";
import { Namespace } from "./core/namespace.ts";
import { Pod } from "./core/pod.ts";
import { pullPolicyFor } from "./core/pod_defaults.ts";
import { ReplicationController } from "./core/replicationcontroller.ts";
import { Secret } from "./core/secret.ts";
import { Service } from "./core/service.ts";
import { applyDefaults } from "./defaults.ts";
import type { AnyKind } from "./object.ts";
import type { ObjectOf } from "./schema/kind.ts";

function complete<K extends AnyKind>(kind: K, draft: unknown): ObjectOf<K> {
  return applyDefaults(kind, decode(kind, documentOf(draft)).object as ObjectOf<K>);
}

const POD_SPEC = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
};
const CONTAINER = {
  name: "web",
  image: "nginx:1.27",
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: "IfNotPresent",
};

test("applyDefaults() completes a minimal Deployment as Kubernetes prints it", () => {
  const labels = { app: "web" };
  const draft = {
    metadata: { name: "web", namespace: "default" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } },
    },
  };
  assert.deepEqual(complete(Deployment, draft), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [CONTAINER], ...POD_SPEC } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {},
  });
});

test("applyDefaults() completes a pod: probes, ports, volumes, environment, requests, the old account name", () => {
  const pod = complete(Pod, {
    spec: {
      serviceAccount: "robot",
      hostNetwork: true,
      containers: [
        {
          name: "web",
          image: "nginx:1.27",
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: 0.5, memory: "1024Mi" }, requests: { cpu: "0.0001" } },
          livenessProbe: { httpGet: { port: "http" }, timeoutSeconds: 0 },
          readinessProbe: { grpc: { port: 1 } },
          env: [
            { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
          ],
        },
      ],
      volumes: [
        { name: "a" },
        { name: "b", configMap: { name: "c" } },
        { name: "c", hostPath: { path: "/x" } },
        { name: "d", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
      ],
    },
  });
  const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  assert.deepEqual(pod.spec, {
    volumes: [
      { name: "a", emptyDir: {} },
      { name: "b", configMap: { name: "c", defaultMode: 420 } },
      { name: "c", hostPath: { path: "/x", type: "" } },
      {
        name: "d",
        projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 3600 } }], defaultMode: 420 },
      },
    ],
    containers: [
      {
        ...CONTAINER,
        ports: [{ containerPort: 80, hostPort: 80, protocol: "TCP" }],
        env: [
          { name: "A", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
          { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "0" } } },
        ],
        resources: { limits: { cpu: "500m", memory: "1Gi" }, requests: { cpu: "1m", memory: "1Gi" } },
        livenessProbe: { httpGet: { path: "/", port: "http", scheme: "HTTP" }, ...probe },
        readinessProbe: { grpc: { port: 1, service: "" }, ...probe },
      },
    ],
    ...POD_SPEC,
    serviceAccountName: "robot",
    serviceAccount: "robot",
    hostNetwork: true,
    enableServiceLinks: true,
  });
});

test("applyDefaults() sums pod-level requests from containers, sidecars and the largest start", () => {
  const requests = (cpu: string) => ({ requests: { cpu } });
  const pod = complete(Pod, {
    spec: {
      resources: { limits: { cpu: "4", memory: "1Gi" } },
      initContainers: [
        { name: "side", restartPolicy: "Always", resources: requests("100m") },
        { name: "init", resources: requests("2") },
      ],
      containers: [{ name: "a", resources: requests("500m") }, { name: "b" }],
    },
  });
  assert.deepEqual(pod.spec.resources?.requests, { cpu: "2100m", memory: "1Gi" });
});

const services: { name: string; spec: object; defaults: object }[] = [
  {
    name: "of the default type",
    spec: { ports: [{ port: 80 }] },
    defaults: {
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
    },
  },
  {
    name: "with external addresses",
    spec: { externalIPs: ["1.2.3.4"] },
    defaults: {
      type: "ClusterIP",
      externalIPs: ["1.2.3.4"],
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      externalTrafficPolicy: "Cluster",
    },
  },
  {
    name: "of type LoadBalancer that sticks to clients",
    spec: { type: "LoadBalancer", sessionAffinity: "ClientIP", externalTrafficPolicy: "Local" },
    defaults: {
      type: "LoadBalancer",
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
      internalTrafficPolicy: "Cluster",
      externalTrafficPolicy: "Local",
      allocateLoadBalancerNodePorts: true,
    },
  },
  {
    name: "of type ExternalName",
    spec: { type: "ExternalName", externalName: "a.b", sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } },
    defaults: { type: "ExternalName", externalName: "a.b", sessionAffinity: "None" },
  },
];
for (const { name, spec, defaults } of services) {
  test(`applyDefaults() completes a Service ${name}`, () => {
    assert.deepEqual(complete(Service, { spec }).spec, defaults);
  });
}

const strategies: { kind: AnyKind; given: object | undefined; expected: object }[] = [
  {
    kind: DaemonSet,
    given: undefined,
    expected: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  },
  { kind: DaemonSet, given: { type: "OnDelete" }, expected: { type: "OnDelete" } },
  {
    kind: StatefulSet,
    given: undefined,
    expected: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 1 } },
  },
  { kind: StatefulSet, given: { type: "RollingUpdate" }, expected: { type: "RollingUpdate" } },
];
for (const { kind, given, expected } of strategies) {
  test(`applyDefaults() completes the update strategy ${JSON.stringify(given)} of a ${kind.kind}`, () => {
    const object = complete(kind, { spec: { updateStrategy: given } }) as { spec: { updateStrategy: unknown } };
    assert.deepEqual(object.spec.updateStrategy, expected);
  });
}

test("applyDefaults() derives a ReplicationController's labels and selector from its template", () => {
  const labels = { app: "a" };
  const rc = complete(ReplicationController, { metadata: {}, spec: { template: { metadata: { labels } } } });
  assert.deepEqual([rc.metadata.labels, rc.spec.selector, rc.spec.replicas], [labels, labels, 1]);
});

test("applyDefaults() labels a namespace with its name", () => {
  const namespace = complete(Namespace, { metadata: { name: "a", labels: { b: "c" } } });
  assert.deepEqual(namespace.metadata.labels, { b: "c", "kubernetes.io/metadata.name": "a" });
  assert.equal(namespace.status.phase, "Active");
});

test("applyDefaults() stores a secret's text as data", () => {
  const secret = complete(Secret, { data: { a: "eA==", b: "eA==" }, stringData: { a: "ü" } });
  assert.deepEqual(secret.data, { a: "w7w=", b: "eA==" });
  assert.equal(secret.stringData, undefined);
  assert.equal(secret.type, "Opaque");
});

test("applyDefaults() derives a LimitRange's defaults for containers only", () => {
  const range = complete(LimitRange, {
    spec: {
      limits: [
        { type: "Container", max: { cpu: "2" }, min: { cpu: "1", memory: "1Mi" }, default: { memory: "2Mi" } },
        { type: "Pod", max: { cpu: "2" } },
      ],
    },
  });
  assert.deepEqual(range.spec.limits[0]?.default, { cpu: "2", memory: "2Mi" });
  assert.deepEqual(range.spec.limits[0]?.defaultRequest, { cpu: "2", memory: "2Mi" });
  assert.equal(range.spec.limits[1]?.default, undefined);
});

const images = [
  ["nginx", "Always"],
  ["nginx:latest", "Always"],
  ["nginx:1", "IfNotPresent"],
  ["localhost:5000/nginx", "Always"],
  ["localhost:5000/nginx:1", "IfNotPresent"],
  ["nginx@sha256:0000", "IfNotPresent"],
  ["nginx:latest@sha256:0000", "Always"],
  ["", "IfNotPresent"],
] as const;
for (const [image, policy] of images) {
  test(`pullPolicyFor(${JSON.stringify(image)}) is ${policy}`, () => assert.equal(pullPolicyFor(image), policy));
}

test("decoding and completing what is already complete changes nothing", () => {
  const resources = fc.dictionary(fc.constantFrom("cpu", "memory"), fc.constantFrom("1", "0.5", "1024Mi", "0.00001"));
  const container = fc.record(
    { name: fc.string(), image: fc.constantFrom("a", "a:1", ""), resources: fc.record({ limits: resources }) },
    { requiredKeys: ["name"] },
  );
  const draft = fc.record({
    replicas: fc.option(fc.nat(5)),
    strategy: fc.option(fc.record({ type: fc.constantFrom("", "Recreate", "RollingUpdate") })),
    template: fc.record({ spec: fc.record({ containers: fc.array(container, { maxLength: 3 }) }) }),
  });
  fc.assert(
    fc.property(draft, (spec) => {
      const once = complete(Deployment, { spec });
      assert.deepEqual(complete(Deployment, structuredClone(once)), once);
    }),
  );
});
