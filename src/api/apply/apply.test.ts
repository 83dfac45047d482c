import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { Deployment } from "../apps/deployment.ts";
import type { Json, JsonObject } from "../json.ts";
import { applyConfiguration, type ApplyOptions } from "./apply.ts";
import { equalButTimes } from "./managed_fields.ts";
import { trackUpdate, type TrackedObject } from "./track_update.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const TIME = "2026-01-02T03:04:05Z";

const deployment = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default", ...metadata },
  spec,
});
const podSpec = (containers: Json[], rest: JsonObject = {}): JsonObject => ({
  template: { spec: { containers, ...rest } },
});
const tracked = (object: JsonObject): TrackedObject => object as unknown as TrackedObject;

function apply(
  live: JsonObject | undefined,
  configuration: JsonObject,
  options: Partial<ApplyOptions> = {},
): JsonObject {
  const { object, managedFields } = applyConfiguration(Deployment, live && tracked(live), configuration, {
    manager: "me",
    force: false,
    nowMs: NOW,
    ...options,
  });
  return {
    ...object,
    metadata: { ...(object["metadata"] as JsonObject), managedFields: (managedFields ?? []) as unknown as Json },
  };
}

function update(live: JsonObject | undefined, next: JsonObject, manager: string, subresource = ""): JsonObject {
  const managedFields = trackUpdate(Deployment, live && tracked(live), tracked(next), {
    manager,
    subresource,
    nowMs: NOW,
  });
  return {
    ...next,
    metadata: { ...(next["metadata"] as JsonObject), managedFields: (managedFields ?? []) as unknown as Json },
  };
}

const metadataOf = (object: JsonObject) => object["metadata"] as { managedFields: JsonObject[]; labels?: JsonObject };
const entryOf = (object: JsonObject, manager: string) =>
  metadataOf(object).managedFields.find((entry) => entry["manager"] === manager);
const fieldsOfManager = (object: JsonObject, manager: string) => entryOf(object, manager)?.["fieldsV1"];
const specOf = (object: JsonObject) => object["spec"] as JsonObject;
const withoutManagers = (object: JsonObject): JsonObject => {
  const { managedFields: _, ...metadata } = object["metadata"] as JsonObject;
  return { ...object, metadata };
};
/** Object identity as a stored one: it comes back from JSON. */
const stored = (object: JsonObject): JsonObject => structuredClone(object);

describe("tracking updates", () => {
  const created = update(undefined, deployment({ replicas: 1 }, { labels: { app: "web" } }), "kubectl-create");

  it("gives the creator all fields it set", () => {
    assert.deepEqual(metadataOf(created).managedFields, [
      {
        manager: "kubectl-create",
        operation: "Update",
        apiVersion: "apps/v1",
        time: TIME,
        fieldsType: "FieldsV1",
        fieldsV1: { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } }, "f:spec": { "f:replicas": {} } },
      },
    ]);
  });
  it("moves a changed field to who changed it", () => {
    const scaled = update(created, { ...stored(created), spec: { replicas: 2 } }, "scaler");
    assert.deepEqual(fieldsOfManager(scaled, "scaler"), { "f:spec": { "f:replicas": {} } });
    assert.deepEqual(fieldsOfManager(scaled, "kubectl-create"), {
      "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
    });
  });
  it("keeps the very list when nothing changed", () => {
    const same = {
      ...stored(created),
      metadata: { ...(stored(created)["metadata"] as JsonObject), resourceVersion: "9" },
    };
    const managedFields = trackUpdate(Deployment, tracked(created), tracked(same), { manager: "x", nowMs: 0 });
    assert.deepEqual(managedFields, metadataOf(created).managedFields);
  });
  it("drops managers whose fields are gone", () => {
    const labelled = update(
      created,
      {
        ...stored(created),
        metadata: { ...(stored(created)["metadata"] as JsonObject), labels: { app: "web", a: "b" } },
      },
      "labeller",
    );
    assert.deepEqual(fieldsOfManager(labelled, "labeller"), { "f:metadata": { "f:labels": { "f:a": {} } } });
    const back = update(
      labelled,
      { ...stored(labelled), metadata: { ...(stored(labelled)["metadata"] as JsonObject), labels: { app: "web" } } },
      "other",
    );
    assert.equal(entryOf(back, "labeller"), undefined);
    assert.equal(entryOf(back, "other"), undefined);
  });
  it("tells the status from the object", () => {
    const reported = update(created, { ...stored(created), status: { replicas: 1 } }, "controller", "status");
    assert.equal(entryOf(reported, "controller")?.["subresource"], "status");
    assert.deepEqual(fieldsOfManager(reported, "controller"), { "f:status": { ".": {}, "f:replicas": {} } });
  });
  it("forgets managers on request", () => {
    for (const reset of [[], [{}]]) {
      const next = {
        ...stored(created),
        metadata: { ...(stored(created)["metadata"] as JsonObject), managedFields: reset as Json[] },
      };
      assert.deepEqual(metadataOf(update(created, next, "x")).managedFields, []);
    }
  });
  it("does not begin to track in between", () => {
    const untracked = deployment({ replicas: 1 });
    assert.deepEqual(metadataOf(update(untracked, deployment({ replicas: 2 }), "x")).managedFields, []);
  });
  it("folds the oldest managers", () => {
    let object = created;
    for (let i = 0; i < 15; i++)
      object = update(
        object,
        deployment(
          { replicas: 1 },
          {
            ...(object["metadata"] as JsonObject),
            labels: { app: "web", ...metadataOf(object).labels, [`l${i}`]: "x" },
          },
        ),
        `m${String(i).padStart(2, "0")}`,
      );
    assert.equal(metadataOf(object).managedFields.length, 10);
    assert.ok(entryOf(object, "ancient-changes"));
  });
});

describe("server-side apply", () => {
  it("creates and owns what it says", () => {
    const live = apply(undefined, deployment(podSpec([{ name: "a", image: "x", ports: [{ containerPort: 80 }] }])));
    assert.deepEqual(fieldsOfManager(live, "me"), {
      "f:spec": {
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"a"}': {
                ".": {},
                "f:image": {},
                "f:name": {},
                "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              },
            },
          },
        },
      },
    });
    assert.equal(entryOf(live, "me")?.["operation"], "Apply");
  });

  it("conflicts with another's value, in Kubernetes' words", () => {
    const live = update(undefined, deployment({ replicas: 1 }), "kubectl-client-side-apply");
    assert.throws(() => apply(live, deployment({ replicas: 2 })), {
      name: "ApplyConflictError",
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      causes: [
        {
          reason: "FieldManagerConflict",
          message: 'conflict with "kubectl-client-side-apply" using apps/v1',
          field: ".spec.replicas",
        },
      ],
    });
    const both = deployment({ replicas: 1, ...podSpec([{ name: "a", image: "x" }]) });
    const other = apply(apply(undefined, both, { manager: "b" }), both, { manager: "a" });
    const config = deployment({ replicas: 2, ...podSpec([{ name: "a", image: "y" }]) });
    const lines = ["- .spec.replicas", '- .spec.template.spec.containers[name="a"].image'];
    assert.throws(() => apply(other, config), {
      message: ['Apply failed with 4 conflicts: conflicts with "a":', ...lines, 'conflicts with "b":', ...lines].join(
        "\n",
      ),
    });
  });

  it("takes over when forced, and shares when equal", () => {
    const live = update(undefined, deployment({ replicas: 1 }), "other");
    const forced = apply(live, deployment({ replicas: 2 }), { force: true });
    assert.equal(specOf(forced)["replicas"], 2);
    assert.equal(fieldsOfManager(forced, "other"), undefined);
    const shared = apply(live, deployment({ replicas: 1 }));
    assert.deepEqual(fieldsOfManager(shared, "other"), { "f:spec": { "f:replicas": {} } });
  });

  it("removes what it no longer applies unless another manages it", () => {
    const first = apply(
      undefined,
      deployment({ replicas: 1, minReadySeconds: 5, ...podSpec([{ name: "a" }, { name: "b" }]) }),
    );
    const shared = apply(first, deployment({ minReadySeconds: 5 }), { manager: "other" });
    const second = apply(shared, deployment(podSpec([{ name: "a" }])));
    assert.deepEqual(specOf(second), { minReadySeconds: 5, ...podSpec([{ name: "a" }]) });
  });

  it("leaves alone what it never managed", () => {
    const live = update(undefined, deployment({ replicas: 3 }, { labels: { x: "y" } }), "other");
    const applied = apply(live, deployment({ minReadySeconds: 1 }, { labels: { a: "b" } }));
    const again = apply(applied, deployment({}));
    assert.deepEqual(withoutManagers(again), withoutManagers(live));
  });

  it("tells false from nothing", () => {
    const live = apply(undefined, deployment(podSpec([], { hostNetwork: true })), { manager: "other" });
    assert.throws(() => apply(live, deployment(podSpec([], { hostNetwork: false }))), /conflict with "other"/);
  });

  it("puts a field that was cleared on its own back to its container", () => {
    const live = apply(undefined, deployment({ strategy: { type: "Recreate" } }));
    const defaulted = { ...live, spec: { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } } };
    assert.deepEqual(specOf(apply(defaulted, deployment({ replicas: 1 }))), { replicas: 1 });
  });

  it("leaves an object it emptied but still applies", () => {
    const live = apply(undefined, deployment({ strategy: { rollingUpdate: { maxSurge: 1 } } }));
    assert.deepEqual(specOf(apply(live, deployment({ strategy: { rollingUpdate: {} } }))), {
      strategy: { rollingUpdate: {} },
    });
  });

  it("starts tracking an object it did not know", () => {
    const live = deployment({ replicas: 1 });
    assert.throws(() => apply(live, deployment({ replicas: 2 })), /conflict with "before-first-apply" using apps\/v1/);
  });

  it("lets kubectl take over what it applied from the client", () => {
    const config = deployment({ replicas: 1 });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(config) };
    const live = update(undefined, deployment({ replicas: 1 }, { annotations }), "kubectl-client-side-apply");
    assert.throws(() => apply(live, deployment({ replicas: 2 })), /1 conflict/);
    const taken = apply(live, deployment({ replicas: 2 }), { manager: "kubectl" });
    assert.equal(specOf(taken)["replicas"], 2);
    const kept = (taken["metadata"] as JsonObject)["annotations"] as JsonObject;
    assert.equal(
      kept["kubectl.kubernetes.io/last-applied-configuration"],
      `${JSON.stringify(deployment({ replicas: 2 }))}\n`,
    );
    const scaled = update(live, { ...stored(live), spec: { replicas: 5 } }, "scaler");
    assert.throws(() => apply(scaled, deployment({ replicas: 2 }), { manager: "kubectl" }), /conflict with "scaler"/);
  });

  const problem = (text: string) =>
    `failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ${text}`;
  for (const [name, configuration, message] of [
    ["an unknown field", deployment({ foo: 1 }), problem(".spec.foo: field not declared in schema")],
    [
      "an item without its key",
      deployment(podSpec([{ image: "x" }])),
      problem(
        `.spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)`,
      ),
    ],
    [
      "an item twice",
      deployment(podSpec([{ name: "a" }, { name: "a" }])),
      problem('.spec.template.spec.containers: duplicate entries for key [name="a"]'),
    ],
    [
      "a wrong type",
      deployment({ replicas: "1" }),
      problem(".spec.replicas: expected numeric (int or float), got string"),
    ],
    ["managedFields", deployment({}, { managedFields: [] }), "metadata.managedFields must be nil"],
    ["another kind", { ...deployment({}), kind: "Pod" }, "invalid object type: apps/v1, Kind=Pod"],
  ] as const) {
    it(`refuses ${name}`, () => assert.throws(() => apply(undefined, configuration), { message }));
  }

  it("refuses to apply over an item without its key, as an update may leave it", () => {
    const message = problem(
      `.spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)`,
    ).replace("patch", "live");
    const live = deployment(podSpec([{ image: "x" }]));
    const configuration = deployment(podSpec([{ name: "a" }]));
    assert.throws(() => apply(live, configuration), { message });
  });

  it("puts applied items in their order and keeps others' where they were", () => {
    const items = (...names: string[]) => podSpec(names.map((name) => ({ name })));
    const names = (object: JsonObject) =>
      (object["spec"] as { template: { spec: { containers: JsonObject[] } } }).template.spec.containers.map(
        (each) => each["name"],
      );
    const mine = apply(undefined, deployment(items("a", "b", "c")));
    const both = apply(mine, deployment(items("x")), { manager: "other" });
    assert.deepEqual(names(both), ["a", "b", "c", "x"]);
    assert.deepEqual(names(apply(both, deployment(items("c", "b", "a")))), ["c", "x", "b", "a"]);
    assert.deepEqual(names(apply(both, deployment(items("a", "c")))), ["a", "c", "x"]);
  });
});

describe("server-side apply, whatever the configuration", () => {
  const container = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    image: fc.constantFrom("x", "y"),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom("E", "F") }), {
      selector: (each) => each.name,
      maxLength: 2,
    }),
  });
  const labels = (prefix: string) =>
    fc.dictionary(fc.constantFrom(`${prefix}1`, `${prefix}2`), fc.constantFrom("v", "w"));
  const configurations = (prefix: string) =>
    fc
      .record({
        containers: fc.uniqueArray(
          container.map((each) => ({ ...each, name: prefix + each.name })),
          { selector: (each) => each.name, maxLength: 3 },
        ),
        labels: labels(prefix),
      })
      .map(({ containers, labels: own }) =>
        structuredClone(deployment(podSpec(containers as unknown as Json[]), { labels: own })),
      );

  it("changes nothing when applied again", () => {
    fc.assert(
      fc.property(configurations("p"), configurations("q"), (mine, others) => {
        const live = apply(apply(undefined, others, { manager: "other" }), mine);
        const again = apply(stored(live), mine, { nowMs: NOW + 5000 });
        assert.deepEqual(again, live);
        assert.ok(equalButTimes(metadataOf(again).managedFields as [], metadataOf(live).managedFields as []));
      }),
    );
  });
  it("commutes where two managers speak of different things", () => {
    const sortItems = (object: JsonObject): JsonObject => {
      const copy = structuredClone(withoutManagers(object));
      const spec = copy["spec"] as { template?: { spec?: { containers?: { name: string }[] } } } | undefined;
      spec?.template?.spec?.containers?.sort((a, b) => (a.name < b.name ? -1 : 1));
      return copy;
    };
    fc.assert(
      fc.property(configurations("p"), configurations("q"), (a, b) => {
        const one = apply(apply(undefined, a, { manager: "a" }), b, { manager: "b" });
        const two = apply(apply(undefined, b, { manager: "b" }), a, { manager: "a" });
        assert.deepEqual(sortItems(one), sortItems(two));
        assert.deepEqual(fieldsOfManager(one, "a"), fieldsOfManager(two, "a"));
      }),
    );
  });
  it("removes exactly what only it applied", () => {
    fc.assert(
      fc.property(configurations("p"), configurations("q"), configurations("p"), (mine, others, later) => {
        const both = apply(apply(undefined, others, { manager: "other" }), mine);
        const changed = apply(both, later);
        const direct = apply(apply(undefined, others, { manager: "other" }), later);
        const key = (object: JsonObject) => {
          const spec = object["spec"] as { template?: { spec?: { containers?: { name: string }[] } } } | undefined;
          return {
            labels: metadataOf(object).labels ?? {},
            containers: (spec?.template?.spec?.containers ?? []).toSorted((x, y) => (x.name < y.name ? -1 : 1)),
          };
        };
        const { labels: changedLabels, containers } = key(changed);
        assert.deepEqual(changedLabels, key(direct).labels);
        assert.deepEqual(
          containers.map((each) => each.name),
          key(direct).containers.map((each) => each.name),
        );
      }),
    );
  });
  it("orders a keyed list as it was applied last", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });
    fc.assert(
      fc.property(names, names, (first, second) => {
        const items = (list: string[]) => deployment(podSpec(list.map((name) => ({ name }))));
        const live = apply(apply(undefined, items(first)), items(second));
        const spec = live["spec"] as { template: { spec: { containers: { name: string }[] } } };
        assert.deepEqual(
          spec.template.spec.containers.map((each) => each.name),
          second,
        );
      }),
    );
  });
});
