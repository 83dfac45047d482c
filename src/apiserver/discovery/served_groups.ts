import { compareVersions, type GroupVersions } from "#api/registry.ts";
import { groupPriority } from "../aggregation/local_api_services.ts";
import type { RemoteApi } from "../aggregation/remote_api.ts";
import type { ServerContext } from "../context.ts";

/** The groups that can be asked for here, whoever answers, in the order discovery lists them. */
export function servedGroups({ registry, aggregation }: ServerContext): readonly GroupVersions[] {
  const local = registry.groups();
  const { remotes } = aggregation;
  if (remotes.length === 0) return local;
  const byGroup = Map.groupBy(remotes, ({ group }) => group);
  const merged = local.map((each) => withRemotes(each, byGroup.get(each.group) ?? []));
  const isLocal = new Set(local.map(({ group }) => group));
  const added = [...byGroup].filter(([group]) => !isLocal.has(group));
  const others = added.map(([group, of]) => withRemotes({ group, versions: [] }, of));
  const priority = (group: string) =>
    Math.max(
      isLocal.has(group) ? groupPriority(group) : 0,
      ...(byGroup.get(group) ?? []).map(({ service }) => service.spec.groupPriorityMinimum),
    );
  // Stable: groups of equal priority stay in their order.
  return [...merged, ...others].toSorted((a, b) => priority(b.group) - priority(a.group));
}

function withRemotes({ group, versions }: GroupVersions, remotes: readonly RemoteApi[]): GroupVersions {
  if (remotes.length === 0) return { group, versions };
  const priorities = new Map(remotes.map(({ version, service }) => [version, service.spec.versionPriority]));
  const all = [...new Set([...versions, ...priorities.keys()])];
  const by = (version: string) => priorities.get(version) ?? 0;
  return { group, versions: all.toSorted((a, b) => by(b) - by(a) || compareVersions(a, b)) };
}
