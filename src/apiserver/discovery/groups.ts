import type { GroupVersions, KindRegistry } from "#api/registry.ts";

/** `/api`: the versions of the core group. */
export function coreVersions(registry: KindRegistry, host: string): unknown {
  const core = registry.groups().find(({ group }) => group === "");
  return {
    kind: "APIVersions",
    versions: core?.versions ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: host }],
  };
}

/** `/apis`: the other groups. */
export function groupList(served: readonly GroupVersions[]): unknown {
  const groups = served.filter(({ group }) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(describe) };
}

/** `/apis/apps`; undefined when there is no such group. */
export function groupOf(served: readonly GroupVersions[], name: string): unknown {
  const found = served.find(({ group }) => group === name && group !== "");
  return found && { kind: "APIGroup", apiVersion: "v1", ...describe(found) };
}

function describe({ group, versions }: GroupVersions) {
  const list = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: list, preferredVersion: list[0] };
}
