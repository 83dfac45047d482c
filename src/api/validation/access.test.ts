import type { JsonObject } from "../json.ts";
import { ClusterRole } from "../rbac/clusterrole.ts";
import { ClusterRoleBinding } from "../rbac/clusterrolebinding.ts";
import { Role } from "../rbac/role.ts";
import { RoleBinding } from "../rbac/rolebinding.ts";
import { PriorityClass } from "../scheduling/priorityclass.ts";
import { testCreate, testUpdate } from "./cases.test.ts";

const rules = (rule: JsonObject): JsonObject => ({ rules: [rule] });
const read: JsonObject = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };

testCreate(Role, { metadata: { name: "system:web" }, ...rules(read) }, [
  ["a name with a slash", { metadata: { name: "a/b" } }, "metadata.name: Invalid value: \"a/b\": may not contain '/'"],
  ["no verbs", rules({ ...read, verbs: [] }), "rules[0].verbs: Required value: verbs must contain at least one value"],
  [
    "no groups",
    rules({ ...read, apiGroups: [] }),
    "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
  ],
  [
    "paths of the whole cluster",
    rules({ verbs: ["get"], nonResourceURLs: ["/metrics"] }),
    'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: namespaced rules cannot apply to non-resource URLs',
  ],
]);

testCreate(ClusterRole, rules({ verbs: ["get"], nonResourceURLs: ["/metrics"] }), [
  [
    "paths and resources at once",
    rules({ ...read, nonResourceURLs: ["/metrics"] }),
    'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: rules cannot apply to both regular resources and non-resource URLs',
  ],
  [
    "aggregation of nothing",
    { aggregationRule: {} },
    "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
  ],
]);

const GROUP = "rbac.authorization.k8s.io";
const binding: JsonObject = {
  roleRef: { kind: "Role", name: "read" },
  subjects: [
    { kind: "User", name: "jane" },
    { kind: "ServiceAccount", name: "default" },
  ],
};
testCreate(RoleBinding, binding, [
  [
    "a role of another group",
    { roleRef: { apiGroup: "x" } },
    `roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`,
  ],
  [
    "a reference to something else",
    { roleRef: { kind: "Pod" } },
    'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
  ],
  ["no role", { roleRef: { name: "" } }, "roleRef.name: Required value"],
  [
    "an unknown subject",
    { subjects: [{ kind: "Robot", name: "r" }] },
    'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
  ],
]);
testUpdate(RoleBinding, binding, [
  [
    "another role",
    { roleRef: { name: "write" } },
    `roleRef: Invalid value: {"apiGroup":"${GROUP}","kind":"Role","name":"write"}: cannot change roleRef`,
  ],
  ["other subjects", { subjects: [] }],
]);

testCreate(ClusterRoleBinding, { roleRef: { kind: "ClusterRole", name: "read" } }, [
  [
    "a role of a namespace",
    { roleRef: { kind: "Role" } },
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
  ],
  [
    "a service account of no namespace",
    { subjects: [{ kind: "ServiceAccount", name: "default" }] },
    "subjects[0].namespace: Required value",
  ],
]);

testCreate(PriorityClass, { value: 1000 }, [
  [
    "a value that is the system's",
    { value: 1_000_000_001 },
    "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
  ],
  [
    "a name that is the system's",
    { metadata: { name: "system-web" } },
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-web is not a known system priority class",
  ],
]);
testUpdate(PriorityClass, { value: 1000 }, [
  ["another value", { value: 1001 }, "value: Forbidden: may not be changed in an update."],
  ["another policy", { preemptionPolicy: "Never" }, 'preemptionPolicy: Invalid value: "Never": field is immutable'],
]);
