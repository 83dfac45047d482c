import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS } from "#api/kinds.ts";
import type { AnyKind } from "#api/object.ts";
import type { Schema } from "#api/schema/schema.ts";
import { testServer, type AnyJson } from "#apiserver/testing.ts";
import { sampleKey, sampleOf } from "./samples.ts";

/*
 * What a client wants and what is reported of it are written apart: for every kind that has both, neither path
 * changes what belongs to the other, on creation neither, and only one of them counts as a new generation.
 */

const MERGE = { contentType: "application/merge-patch+json" };
const VALUES: Readonly<Record<string, unknown>> = { string: "x", int32: 7, int64: 7, boolean: true };

/** Where no field of the status is plain. */
const STATUS: Readonly<Record<string, Record<string, unknown>>> = {
  cronjobs: { lastScheduleTime: "2026-01-01T00:00:00Z" },
  ingresses: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
  resourceclaims: { reservedFor: [{ resource: "pods", name: "p", uid: "u" }] },
  resourcequotas: { used: { pods: "1" } },
};

/** A change of one plain field of an object type, if it has one. */
function changeOf(schema: Schema | undefined): Record<string, unknown> | undefined {
  if (schema?.shape !== "object") return undefined;
  for (const [name, field] of Object.entries(schema.fields)) {
    const value = field.schema.shape === "scalar" ? VALUES[field.schema.format] : undefined;
    if (value !== undefined) return { [name]: value };
  }
  const conditions = [{ type: "Tested", status: "True", reason: "R", message: "m" }];
  return Object.hasOwn(schema.fields, "conditions") ? { conditions } : undefined;
}

function collectionOf({ group, version, plural, scope }: AnyKind): string {
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${base}/${scope === "Namespaced" ? "namespaces/default/" : ""}${plural}`;
}

/** Parts of an object without what the server itself may write meanwhile. */
const partsOf = ({ spec, status, metadata }: AnyJson) => ({ spec, status, generation: metadata.generation });

/** Its own controller lives in the API server and reports at once. */
const REPORTED = new Set(["customresourcedefinitions"]);

for (const kind of KINDS.filter(({ subresources, plural }) => subresources["status"] && !REPORTED.has(plural))) {
  test(`${sampleKey(kind)}: the status is no client's to set with the object, nor the object with the status`, async () => {
    const { call, server } = await testServer();
    const sample = sampleOf(kind, 0);
    const spec = changeOf(kind.schema.fields["spec"]?.schema);
    const status = STATUS[kind.plural] ?? changeOf(kind.schema.fields["status"]?.schema);
    assert.ok(status !== undefined, "a field of its status to change");
    const plain = await call("POST", `${collectionOf(kind)}?dryRun=All`, sample);
    const created = await call("POST", collectionOf(kind), { ...sample, status });
    assert.equal(created.code, 201, created.text);
    if (kind.statusOnCreate !== "kept") assert.deepEqual(created.json.status, plain.json.status);
    assert.equal(created.json.metadata.generation, kind.generation ? 1 : undefined);
    const path = `${collectionOf(kind)}/${sample.metadata.name}`;
    const byObject = await call("PATCH", path, { status }, MERGE);
    assert.equal(byObject.code, 200, byObject.text);
    assert.deepEqual(partsOf(byObject.json), partsOf(created.json));
    if (spec !== undefined) {
      const byStatus = await call("PATCH", `${path}/status`, { spec }, MERGE);
      assert.equal(byStatus.code, 200, byStatus.text);
      assert.deepEqual(partsOf(byStatus.json), partsOf(created.json));
    }
    server.close();
  });
}
