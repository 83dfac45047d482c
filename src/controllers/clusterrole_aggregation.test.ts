import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterRole } from "#api/rbac/clusterrole.ts";
import { aggregatedRules } from "./clusterrole_aggregation.ts";

const rule = (...resources: string[]) => ({ verbs: ["get"], apiGroups: [""], resources });
const role = (name: string, labels: Record<string, string>, ...resources: string[]) =>
  ({ metadata: { name, labels }, rules: [rule(...resources)] }) as unknown as ClusterRole;
const gathers = (...selectors: Record<string, string>[]) =>
  ({
    metadata: { name: "all" },
    aggregationRule: { clusterRoleSelectors: selectors.map((matchLabels) => ({ matchLabels })) },
  }) as unknown as ClusterRole;

const ROLES = [
  role("b", { to: "edit" }, "pods"),
  role("a", { to: "edit" }, "secrets"),
  role("c", { to: "view" }, "pods"),
  role("all", { to: "edit" }, "nodes"),
  role("d", {}, "services"),
];
const cases: { name: string; role: ClusterRole; resources: string[] }[] = [
  { name: "by name", role: gathers({ to: "edit" }), resources: ["secrets", "pods"] },
  {
    name: "by selector first, each rule once",
    role: gathers({ to: "view" }, { to: "edit" }),
    resources: ["pods", "secrets"],
  },
  { name: "nothing that nobody offers", role: gathers({ to: "admin" }), resources: [] },
];
for (const c of cases) {
  test(`a role gathers rules ${c.name}`, () => {
    const rules = aggregatedRules(c.role, ROLES);
    assert.deepEqual(
      rules.flatMap(({ resources }) => resources),
      c.resources,
    );
  });
}
