import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../core/pod.ts";
import type { ResourceQuotaSpec } from "../core/resourcequota.ts";
import type { KubeObject } from "../object.ts";
import { isCounted, quotaEvaluatorOf } from "./evaluator.ts";
import { added, exceeded, sameTotals, totalsText } from "./totals.ts";

const NOW = Date.UTC(2026, 0, 1);
const PODS = { group: "", plural: "pods" };

function pod(spec: object, rest: object = {}): Pod {
  return { metadata: { name: "p" }, spec: { containers: [], ...spec }, status: {}, ...rest } as unknown as Pod;
}
const asking = (name: string, requests: object, limits: object = {}) => ({ name, resources: { requests, limits } });

const uses: { name: string; kind: { group: string; plural: string }; object: object; usage: Record<string, string> }[] =
  [
    {
      name: "a pod uses what its containers request and are limited to, under both names",
      kind: PODS,
      object: pod({
        containers: [asking("a", { cpu: "250m", memory: "64Mi" }, { cpu: "1" }), asking("b", { cpu: "250m" })],
      }),
      usage: {
        "count/pods": "1",
        pods: "1",
        cpu: "500m",
        "requests.cpu": "500m",
        memory: "64Mi",
        "requests.memory": "64Mi",
        "limits.cpu": "1",
      },
    },
    {
      name: "init containers count as far as they ask for more, sidecars always",
      kind: PODS,
      object: pod({
        containers: [asking("a", { cpu: "1" })],
        initContainers: [{ ...asking("side", { cpu: "500m" }), restartPolicy: "Always" }, asking("init", { cpu: "3" })],
      }),
      usage: { "count/pods": "1", pods: "1", cpu: "3500m", "requests.cpu": "3500m" },
    },
    {
      name: "a pod's own word goes before its containers', and running it costs",
      kind: PODS,
      object: pod({
        containers: [asking("a", { cpu: "1" })],
        resources: { requests: { cpu: "2" } },
        overhead: { cpu: "100m" },
      }),
      usage: { "count/pods": "1", pods: "1", cpu: "2100m", "requests.cpu": "2100m" },
    },
    {
      name: "what vendors add counts by its requests",
      kind: PODS,
      object: pod({ containers: [asking("a", { "example.com/gpu": "2" }, { "example.com/gpu": "2" })] }),
      usage: { "count/pods": "1", pods: "1", "requests.example.com/gpu": "2" },
    },
    {
      name: "a pod that ended only takes its place",
      kind: PODS,
      object: pod({ containers: [asking("a", { cpu: "1" })] }, { status: { phase: "Succeeded" } }),
      usage: { "count/pods": "1" },
    },
    {
      name: "so does one that should have gone",
      kind: PODS,
      object: pod(
        {},
        { metadata: { name: "p", deletionTimestamp: "2025-12-31T23:59:00Z", deletionGracePeriodSeconds: 30 } },
      ),
      usage: { "count/pods": "1" },
    },
    {
      name: "a Service of type NodePort uses a port for each of its own",
      kind: { group: "", plural: "services" },
      object: { spec: { type: "NodePort", ports: [{ port: 80 }, { port: 81 }] } },
      usage: { "count/services": "1", services: "1", "services.nodeports": "2", "services.loadbalancers": "0" },
    },
    {
      name: "a load balancer without node ports uses those it names",
      kind: { group: "", plural: "services" },
      object: {
        spec: {
          type: "LoadBalancer",
          allocateLoadBalancerNodePorts: false,
          ports: [{ port: 80 }, { port: 81, nodePort: 30000 }],
        },
      },
      usage: { "count/services": "1", services: "1", "services.nodeports": "1", "services.loadbalancers": "1" },
    },
    {
      name: "a claim uses storage, of its class too",
      kind: { group: "", plural: "persistentvolumeclaims" },
      object: { metadata: {}, spec: { storageClassName: "gold", resources: { requests: { storage: "1Gi" } } } },
      usage: {
        "count/persistentvolumeclaims": "1",
        persistentvolumeclaims: "1",
        "requests.storage": "1Gi",
        "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
        "gold.storageclass.storage.k8s.io/requests.storage": "1Gi",
      },
    },
    {
      name: "a Secret counts under its old name, too",
      kind: { group: "", plural: "secrets" },
      object: {},
      usage: { "count/secrets": "1", secrets: "1" },
    },
    {
      name: "anything else counts by its resource",
      kind: { group: "apps", plural: "deployments" },
      object: {},
      usage: { "count/deployments.apps": "1" },
    },
  ];
for (const c of uses) {
  test(c.name, () => {
    const usage = quotaEvaluatorOf(c.kind).usage(c.object as KubeObject, NOW);
    assert.deepEqual({ ...usage }, c.usage);
    for (const name of Object.keys(usage)) assert.ok(quotaEvaluatorOf(c.kind).counts(name), name);
  });
}

const missing: { name: string; pod: Pod; names: string[]; says: string | undefined }[] = [
  {
    name: "a pod that says all",
    pod: pod({ containers: [asking("a", { cpu: "1" })] }),
    names: ["cpu"],
    says: undefined,
  },
  {
    name: "containers that leave something out",
    pod: pod({ containers: [asking("b", {}), asking("a", {})], initContainers: [asking("i", { cpu: "1" })] }),
    names: ["requests.cpu", "limits.memory", "pods"],
    says: "must specify limits.memory for: a,b,i; requests.cpu for: a,b",
  },
  {
    name: "a pod that says it for all of them",
    pod: pod({ containers: [asking("a", {})], resources: { requests: { cpu: "1" } } }),
    names: ["requests.cpu"],
    says: undefined,
  },
];
for (const c of missing) {
  test(`what a quota asks of ${c.name}`, () => assert.equal(quotaEvaluatorOf(PODS).missing(c.pod, c.names), c.says));
}

const term = (extra: object) => ({ requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "z", ...extra }] });
const classed = (operator: string, values?: string[]): ResourceQuotaSpec =>
  ({ scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values }] } }) as ResourceQuotaSpec;
const scopes: { spec: ResourceQuotaSpec; pod: Pod; counted: boolean }[] = [
  { spec: { scopes: ["BestEffort"] }, pod: pod({ containers: [asking("a", {})] }), counted: true },
  { spec: { scopes: ["BestEffort"] }, pod: pod({ containers: [asking("a", { cpu: "1" })] }), counted: false },
  { spec: { scopes: ["NotBestEffort"] }, pod: pod({ containers: [asking("a", { cpu: "1" })] }), counted: true },
  { spec: { scopes: ["Terminating"] }, pod: pod({ activeDeadlineSeconds: 5 }), counted: true },
  { spec: { scopes: ["NotTerminating"] }, pod: pod({ activeDeadlineSeconds: 5 }), counted: false },
  { spec: { scopes: ["NotTerminating", "NotBestEffort"] }, pod: pod({}), counted: false },
  { spec: classed("In", ["high"]), pod: pod({ priorityClassName: "high" }), counted: true },
  { spec: classed("In", ["high"]), pod: pod({}), counted: false },
  { spec: classed("NotIn", ["high"]), pod: pod({}), counted: true },
  { spec: classed("Exists"), pod: pod({ priorityClassName: "low" }), counted: true },
  { spec: classed("DoesNotExist"), pod: pod({ priorityClassName: "low" }), counted: false },
  {
    spec: { scopes: ["CrossNamespacePodAffinity"] },
    pod: pod({ affinity: { podAffinity: term({ namespaces: ["x"] }) } }),
    counted: true,
  },
  {
    spec: { scopes: ["CrossNamespacePodAffinity"] },
    pod: pod({ affinity: { podAffinity: term({}) } }),
    counted: false,
  },
];
for (const [at, c] of scopes.entries()) {
  test(`scopes, case ${at + 1}: ${JSON.stringify(c.spec)}`, () => {
    assert.equal(isCounted(quotaEvaluatorOf(PODS), c.pod, c.spec), c.counted);
  });
}

test("a kind without scopes is not counted by a quota that has some", () => {
  const evaluator = quotaEvaluatorOf({ group: "", plural: "configmaps" });
  assert.equal(isCounted(evaluator, {} as KubeObject, { scopes: ["BestEffort"] }), false);
  assert.equal(isCounted(evaluator, {} as KubeObject, {}), true);
});

test("totals add, compare and print as amounts, not as texts", () => {
  assert.deepEqual(added({ cpu: "500m" }, { cpu: "1500m", memory: "1Gi" }), { cpu: "2", memory: "1Gi" });
  assert.ok(sameTotals({ cpu: "1" }, { cpu: "1000m" }));
  assert.ok(!sameTotals({ cpu: "1" }, { memory: "1" }));
  assert.deepEqual(exceeded({ cpu: "2", pods: "1", memory: "9Gi" }, { cpu: "1500m", pods: "1" }), ["cpu"]);
  assert.equal(totalsText({ pods: "3", cpu: "1" }), "cpu=1,pods=3");
});
