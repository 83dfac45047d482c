import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DaemonSet } from "../apps/daemonset.ts";
import { Deployment } from "../apps/deployment.ts";
import { ReplicaSet } from "../apps/replicaset.ts";
import { StatefulSet } from "../apps/statefulset.ts";
import { Pod } from "../core/pod.ts";
import { validateStatusUpdate, validateUpdate } from "./validate.ts";
import {
  SUBDOMAIN,
  LABEL,
  complete,
  testCreate,
  testUpdate,
  spec,
  container,
  podWith,
  workload,
} from "./cases.test.ts";

testCreate(Pod, podWith({}), [
  ["a bad name", { metadata: { name: "Web" } }, `metadata.name: Invalid value: "Web": ${SUBDOMAIN}`],
  ["no name", { metadata: { name: "" } }, "metadata.name: Required value: name or generateName is required"],
  ["no containers", spec({ containers: [] }), "spec.containers: Required value"],
  ["no image", podWith({ image: "" }), "spec.containers[0].image: Required value"],
  ["a bad container name", podWith({ name: "A" }), `spec.containers[0].name: Invalid value: "A": ${LABEL}`],
  [
    "a name twice",
    spec({ containers: [container({}), container({})] }),
    'spec.containers[1].name: Duplicate value: "a"',
  ],
  [
    "an unknown policy",
    spec({ restartPolicy: "Sometimes" }),
    'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  ],
  [
    "an unknown pull policy",
    podWith({ imagePullPolicy: "Foo" }),
    'spec.containers[0].imagePullPolicy: Unsupported value: "Foo": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [
    "a port out of range",
    podWith({ ports: [{ containerPort: 70000 }] }),
    "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
  ],
  [
    "a mount of nothing",
    podWith({ volumeMounts: [{ name: "v", mountPath: "/v" }] }),
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  [
    "a volume of two kinds",
    spec({ volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/x" } }] }),
    "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
  ],
  [
    "more requested than allowed",
    podWith({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    "an unknown resource",
    podWith({ resources: { limits: { foo: "1" } } }),
    'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
    'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource for containers',
    'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
    'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers',
  ],
  [
    "an extended resource without a limit",
    podWith({ resources: { requests: { "example.com/gpu": "1" } } }),
    "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources",
  ],
  [
    "a probe with two handlers",
    podWith({ livenessProbe: { exec: { command: ["x"] }, tcpSocket: { port: 1 } } }),
    "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
  ],
  [
    "a liveness probe that must succeed twice",
    podWith({ livenessProbe: { successThreshold: 2, exec: { command: ["x"] } } }),
    "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
  ],
  [
    "a variable from nowhere",
    podWith({ env: [{ name: "A", valueFrom: {} }] }),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
  ],
  [
    "a variable from an unknown field",
    podWith({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.foo" } } }] }),
    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
  ],
  [
    "a toleration of everything by value",
    spec({ tolerations: [{ operator: "Equal" }] }),
    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ],
  [
    "no DNS",
    spec({ dnsPolicy: "None" }),
    "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
  ],
  [
    "a host port that is not the container's on the host's network",
    spec({ hostNetwork: true, containers: [container({ ports: [{ containerPort: 80, hostPort: 81 }] })] }),
    "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true",
  ],
  [
    "ephemeral containers from the start",
    spec({ ephemeralContainers: [container({ name: "b" })] }),
    "spec.ephemeralContainers: Forbidden: cannot be set on create",
  ],
  [
    "affinity without a topology",
    spec({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "" }] } } }),
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty",
    `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty`,
    `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
  [
    "a spread without skew",
    spec({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }] }),
    "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
  ],
  [
    "privileges both given and denied",
    podWith({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
  ],
]);

const editable =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";
testUpdate(Pod, podWith({}), [
  ["another image", podWith({ image: "y" })],
  ["a deadline", spec({ activeDeadlineSeconds: 5 })],
  ["a toleration more", spec({ tolerations: [{ key: "a", operator: "Exists" }] })],
  [
    "another container",
    spec({ containers: [container({}), container({ name: "b" })] }),
    "spec.containers: Forbidden: pod updates may not add or remove containers",
  ],
  ["another name", { metadata: { name: "other" } }, 'metadata.name: Invalid value: "other": field is immutable'],
]);

describe("Pod, changed beyond what may change", () => {
  it("names the fields that may and shows the difference", () => {
    const stored = { resourceVersion: "1" };
    const previous = complete(Pod, podWith({}), stored);
    const next = complete(Pod, spec({ containers: [container({})], hostname: "h" }), stored);
    const [error, ...others] = validateUpdate(Pod, next, previous);
    assert.deepEqual(others, []);
    assert.equal(error?.field, "spec");
    assert.ok(error.message.startsWith(`Forbidden: ${editable}`));
    assert.match(error.message, /^@@ -\d+,\d+ \+\d+,\d+ @@$/m);
    assert.match(error.message, /^\+ "hostname": "h"/m);
  });
});

testUpdate(
  Pod,
  { ...podWith({}), status: { containerStatuses: [] } },
  [
    [
      "a bad condition",
      { status: { conditions: [{ type: "a b", status: "True" }] } },
      `status.conditions[0].Type: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  validateStatusUpdate,
);

testCreate(Deployment, workload, [
  [
    "a selector that selects nothing it makes",
    spec({ template: { metadata: { labels: { app: "x" } } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ],
  [
    "no selector",
    spec({ selector: null }),
    "spec.selector: Required value",
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    "a strategy with another's settings",
    spec({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ],
  [
    "a strategy that cannot move",
    spec({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
  ],
  [
    "an unknown strategy",
    spec({ strategy: { type: "Foo" } }),
    'spec.strategy: Unsupported value: {"Type":"Foo","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
  ],
  ["fewer than none", spec({ replicas: -1 }), "spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
  [
    "a deadline before readiness",
    spec({ minReadySeconds: 5, progressDeadlineSeconds: 5 }),
    "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
  ],
  [
    "pods that end",
    spec({ template: { spec: { restartPolicy: "Never" } } }),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
]);
testUpdate(Deployment, workload, [
  ["more replicas", spec({ replicas: 3 })],
  [
    "another selector",
    spec({ selector: { matchLabels: { app: "web", tier: "x" } }, template: { metadata: { labels: { tier: "x" } } } }),
    'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
  ],
]);
testUpdate(
  Deployment,
  workload,
  [
    [
      "more ready than there are",
      { status: { replicas: 1, readyReplicas: 2 } },
      "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
    ],
  ],
  validateStatusUpdate,
);
testCreate(ReplicaSet, workload, [
  [
    "an empty selector",
    spec({ selector: { matchLabels: null } }),
    "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
  ],
]);
testCreate(DaemonSet, workload, [
  [
    "a strategy that cannot move",
    spec({ updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } }),
    "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
  ],
]);
testCreate(StatefulSet, workload, [
  [
    "a name that is no label",
    { metadata: { name: "a.b" } },
    'metadata.name: Invalid value: "a.b": must not contain dots',
  ],
  [
    "a claim for nothing",
    spec({ volumeClaimTemplates: [{ metadata: { name: "d" }, spec: { accessModes: ["ReadWriteOnce"] } }] }),
    "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
  ],
]);
testUpdate(StatefulSet, workload, [
  ["a new image", spec({ template: { spec: { containers: [container({ image: "y" })] } } })],
  [
    "another service",
    spec({ serviceName: "other" }),
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ],
]);
