import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "../testing.ts";

const PODS = "/api/v1/namespaces/default/pods";
const pod = (spec: object = {}) => ({
  metadata: { name: "p" },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

const OURS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const tolerations: { name: string; given: object[]; added: string[] }[] = [
  { name: "nothing", given: [], added: OURS },
  { name: "one of them", given: [{ key: OURS[0], operator: "Exists" }], added: [OURS[1] ?? ""] },
  {
    name: "one of them, when it is only not to be scheduled",
    given: [{ key: OURS[0], operator: "Exists", effect: "NoSchedule" }],
    added: OURS,
  },
  { name: "everything", given: [{ operator: "Exists" }], added: [] },
  { name: "everything that evicts", given: [{ operator: "Exists", effect: "NoExecute" }], added: [] },
  { name: "something else", given: [{ key: "disk", operator: "Exists" }], added: OURS },
];
for (const c of tolerations) {
  test(`a pod that tolerates ${c.name} stays for five minutes on a node that went away`, async () => {
    const api = await testServer();
    const { json } = await api.call("POST", PODS, pod({ tolerations: c.given }));
    const added = (json.spec.tolerations ?? []).slice(c.given.length);
    const expected = c.added.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
    assert.deepEqual(added, expected);
  });
}

test("nothing is made in a namespace that is not there, or is about to go", async () => {
  const api = await testServer();
  const missing = await api.call("POST", "/api/v1/namespaces/none/configmaps", { metadata: { name: "m" } });
  assert.deepEqual([missing.code, missing.json.message], [404, 'namespaces "none" not found']);
  await api.call("POST", "/api/v1/namespaces", { metadata: { name: "going" }, spec: { finalizers: ["kubernetes"] } });
  await api.call("DELETE", "/api/v1/namespaces/going");
  const late = await api.call("POST", "/api/v1/namespaces/going/configmaps", { metadata: { name: "m" } });
  assert.equal(late.code, 403);
  assert.equal(
    late.json.message,
    'configmaps "m" is forbidden: unable to create new content in namespace going because it is being terminated',
  );
  assert.equal(late.json.details.causes[0].reason, "NamespaceTerminating");
});

for (const name of ["default", "kube-system"]) {
  test(`the namespace ${name} stays`, async () => {
    const api = await testServer();
    const { code, json } = await api.call("DELETE", `/api/v1/namespaces/${name}`);
    assert.equal(code, 403);
    assert.equal(json.message, `namespaces "${name}" is forbidden: this namespace may not be deleted`);
  });
}

const priorities: { name: string; spec: object; gets: AnyJson }[] = [
  { name: "no class", spec: {}, gets: { priority: 0, preemptionPolicy: "PreemptLowerPriority" } },
  {
    name: "a system class",
    spec: { priorityClassName: "system-node-critical" },
    gets: {
      priority: 2_000_001_000,
      priorityClassName: "system-node-critical",
      preemptionPolicy: "PreemptLowerPriority",
    },
  },
  {
    name: "a class that pushes nobody out",
    spec: { priorityClassName: "meek" },
    gets: { priority: 7, priorityClassName: "meek", preemptionPolicy: "Never" },
  },
  {
    name: "a class that is not there",
    spec: { priorityClassName: "none" },
    gets: 'pods "p" is forbidden: no PriorityClass with name none was found',
  },
  {
    name: "a number of its own",
    spec: { priority: 9 },
    gets: 'pods "p" is forbidden: the integer value of priority (9) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
  },
];
for (const c of priorities) {
  test(`the priority of a pod with ${c.name}`, async () => {
    const api = await testServer();
    const meek = { metadata: { name: "meek" }, value: 7, preemptionPolicy: "Never" };
    await api.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", meek);
    const { json } = await api.call("POST", PODS, pod(c.spec));
    if (typeof c.gets === "string") return assert.equal(json.message, c.gets);
    const { priority, priorityClassName, preemptionPolicy } = json.spec;
    assert.deepEqual({ priority, ...(priorityClassName && { priorityClassName }), preemptionPolicy }, c.gets);
  });
}

test("a pod of an account that is not there is refused", async () => {
  const api = await testServer();
  const { code, json } = await api.call("POST", PODS, pod({ serviceAccountName: "none" }));
  assert.equal(code, 403);
  assert.equal(
    json.message,
    'pods "p" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
  );
});
