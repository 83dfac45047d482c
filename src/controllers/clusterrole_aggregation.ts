import { ClusterRole } from "#api/rbac/clusterrole.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import { controller, watching } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";

/** Fills each ClusterRole that gathers others with the rules of those. */
export const clusterRoleAggregationController = controller({
  name: "clusterrole-aggregation",
  component: "clusterrole-aggregation-controller",
  for: ClusterRole,
  watches: [
    watching(ClusterRole, (_role, _previous, { cache }) =>
      cache(ClusterRole)
        .list()
        .filter(({ aggregationRule }) => aggregationRule !== undefined)
        .map(({ metadata }) => metadata),
    ),
  ],

  async reconcile(role, { client, cache }) {
    if (role.aggregationRule === undefined || role.metadata.deletionTimestamp !== undefined) return;
    const rules = aggregatedRules(role, cache(ClusterRole).list());
    if (!semanticallyEqual(rules, role.rules)) await client.update(ClusterRole, { ...role, rules });
  },
});

/** The rules of all roles that a role gathers: by selector, then by name, each rule once. Pure. */
export function aggregatedRules(
  { metadata, aggregationRule }: Pick<ClusterRole, "metadata" | "aggregationRule">,
  roles: readonly ClusterRole[],
): ClusterRole["rules"] {
  const others = roles
    .filter((role) => role.metadata.name !== metadata.name)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules: ClusterRole["rules"] = [];
  for (const selector of aggregationRule?.clusterRoleSelectors ?? []) {
    const matcher = labelSelectorMatcher(selector);
    for (const role of others.filter((each) => matcher.matches(each.metadata.labels ?? {}))) {
      for (const rule of role.rules) if (!rules.some((known) => semanticallyEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
