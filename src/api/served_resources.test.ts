import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { KINDS } from "./kinds.ts";
import { ALL_VERBS } from "./schema/kind.ts";

/** A resource that Kubernetes 1.36 serves by default; `verbs` are all when they are left out. */
interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly fieldSelectors?: readonly string[];
  /** `[group ]version kind verbs`. */
  readonly subresources?: Readonly<Record<string, string>>;
}

const SERVED = JSON.parse(
  readFileSync(new URL("served_resources.json", import.meta.url), "utf8"),
) as readonly ServedResource[];

for (const fact of SERVED) {
  const name = `${fact.group}/${fact.version} ${fact.resource}`;
  const kind = KINDS.find(
    ({ group, version, plural }) => group === fact.group && version === fact.version && plural === fact.resource,
  );
  // Served once custom resources are; until then there is nothing to compare.
  const skip = kind === undefined && fact.group === "apiextensions.k8s.io" ? "not served yet" : false;
  test(`${name} is served as by Kubernetes: verbs, names, subresources, selectable fields`, { skip }, () => {
    assert.ok(kind !== undefined, "it is not served");
    const subresources = Object.entries(kind.subresources).map(([each, { group, version, kind: type, verbs }]) => {
      return [each, `${group === "" ? "" : `${group} `}${version} ${type} ${verbs.toSorted().join()}`];
    });
    assert.deepEqual(
      {
        kind: kind.kind,
        scope: kind.scope,
        verbs: kind.verbs.toSorted(),
        shortNames: kind.shortNames ?? [],
        categories: kind.categories ?? [],
        fieldSelectors: Object.keys(kind.selectableFields ?? {}).toSorted(),
        subresources: Object.fromEntries(subresources),
      },
      {
        kind: fact.kind,
        scope: fact.scope,
        verbs: (fact.verbs ?? ALL_VERBS).toSorted(),
        shortNames: fact.shortNames ?? [],
        categories: fact.categories ?? [],
        fieldSelectors: fact.fieldSelectors ?? [],
        subresources: fact.subresources ?? {},
      },
    );
  });
}

test("nothing else is served at a stable version", () => {
  const served = new Set(SERVED.map(({ group, version, resource }) => `${group}/${version} ${resource}`));
  const stable = KINDS.filter(({ version }) => /^v\d+$/.test(version));
  const others = stable.map(({ group, version, plural }) => `${group}/${version} ${plural}`);
  assert.deepEqual(
    others.filter((each) => !served.has(each)),
    [],
  );
});
