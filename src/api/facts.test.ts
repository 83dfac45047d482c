import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { TokenRequest } from "./authentication/tokenrequest.ts";
import { Scale } from "./autoscaling/scale.ts";
import {
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodPortForwardOptions,
  PodProxyOptions,
} from "./core/pod_options.ts";
import { APIGroup, APIResource } from "./meta/discovery.ts";
import { CreateOptions, DeleteOptions, GetOptions, ListOptions, PatchOptions, UpdateOptions } from "./meta/options.ts";
import { Status } from "./meta/status.ts";
import { Eviction } from "./policy/eviction.ts";
import { columnDefinitions } from "./table.ts";
import { KINDS } from "./kinds.ts";
import type { Field, ObjectSchema, Schema } from "./schema/schema.ts";

/** Facts about Kubernetes' own types, kept beside the repository where it is developed. */
const FACTS = new URL("../../../shared/api/", import.meta.url);
const present = existsSync(FACTS);
const skip = present ? false : `the facts about Kubernetes' types are not on this machine (${FACTS.pathname})`;

interface FieldFact {
  readonly name: string;
  readonly type: string;
  readonly proto?: number;
  readonly inline?: true;
  readonly required?: true;
  readonly omitempty?: true;
  readonly ptr?: true;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly listType?: string;
  readonly listMapKeys?: readonly string[];
}
interface TypeFact {
  readonly json?: string;
  readonly fields?: readonly FieldFact[];
  readonly structType?: string;
  readonly alias?: string;
}
interface ColumnFact {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FACTS), "utf8")) as T;
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const NAMED: Readonly<Record<string, string>> = {
  [`${META}Time`]: "time",
  [`${META}MicroTime`]: "microTime",
  [`${META}Duration`]: "duration",
  [`${META}FieldsV1`]: "fieldsV1",
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "intOrString",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "rawExtension",
};

/** The type in the facts' notation. */
function typeText(schema: Schema): string {
  if (schema.shape === "object") return schema.name;
  if (schema.shape === "list") return `[]${typeText(schema.item)}`;
  return schema.shape === "map" ? `map<${typeText(schema.value)}>` : schema.format;
}

function factType(type: string, types: Record<string, TypeFact>): string {
  if (type.startsWith("[]")) return `[]${factType(type.slice(2), types)}`;
  if (type.startsWith("map<")) return `map<${factType(type.slice(4, -1), types)}>`;
  return types[type]?.json === "any" ? "any" : (NAMED[type] ?? types[type]?.alias ?? type);
}

/** Fields with those of inlined types in their places. */
function flatFields(name: string, types: Record<string, TypeFact>): FieldFact[] {
  return (types[name]?.fields ?? []).flatMap((field) => (field.inline ? flatFields(field.type, types) : [field]));
}

/** Types that travel without a path of their own. */
const UNSERVED: readonly ObjectSchema[] = [
  APIGroup,
  APIResource,
  CreateOptions,
  DeleteOptions,
  Eviction,
  GetOptions,
  ListOptions,
  PatchOptions,
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodPortForwardOptions,
  PodProxyOptions,
  Scale,
  Status,
  TokenRequest,
  UpdateOptions,
];

/** Every object type a kind is made of. */
function reachable(): Map<string, ObjectSchema> {
  const found = new Map<string, ObjectSchema>();
  const visit = (schema: Schema): void => {
    if (schema.shape === "list") visit(schema.item);
    else if (schema.shape === "map") visit(schema.value);
    else if (schema.shape === "object" && schema.alternative === undefined && !found.has(schema.name)) {
      found.set(schema.name, schema);
      for (const field of Object.values(schema.fields)) visit(field.schema);
    }
  };
  for (const kind of KINDS) visit(kind.schema);
  for (const schema of UNSERVED) visit(schema);
  return found;
}

/** When Go writes the field, in our terms. */
function omitFact(fact: FieldFact, schema: Schema): string {
  if (fact.ptr) return "absent";
  if (schema.shape === "object") return "never";
  if (schema.shape !== "scalar") return fact.omitempty || fact.required ? "zero" : "never";
  // A struct in Go is written even when zero; we leave out a time that was never set and a port nobody named.
  if (schema.format === "quantity") return "never";
  if (schema.format === "time" || schema.format === "microTime") return "zero";
  return fact.omitempty ? "zero" : "never";
}

function describeField(field: Field): Record<string, unknown> {
  const { schema } = field;
  const listType = schema.shape === "list" ? schema.listType : undefined;
  const struct = schema.shape === "scalar" && ["time", "microTime"].includes(schema.format);
  return {
    type: typeText(schema),
    proto: field.proto,
    required: field.required,
    omit: struct && field.omit === "never" ? "zero" : field.omit,
    enum: field.enum?.toSorted(),
    patchStrategy: field.patchStrategy,
    patchMergeKey: field.patchMergeKey,
    listType: typeof listType === "object" ? "map" : listType,
    listMapKeys: typeof listType === "object" ? listType.mapKeys : undefined,
  };
}

function describeFact(fact: FieldFact, schema: Schema, types: Record<string, TypeFact>): Record<string, unknown> {
  return {
    type: factType(fact.type, types),
    proto: fact.proto ?? 0,
    required: fact.required ?? false,
    omit: omitFact(fact, schema),
    enum: fact.enum?.toSorted(),
    patchStrategy: fact.patchStrategy,
    patchMergeKey: fact.patchMergeKey,
    listType: schema.shape === "list" ? (fact.listType ?? "atomic") : undefined,
    listMapKeys: fact.listMapKeys,
  };
}

/** Where we know better than the facts, which were read off markers. */
const KNOWN = new Set([
  // The marker names one value; the API accepts three.
  "io.k8s.api.discovery.v1.EndpointSlice.addressType",
]);

test("every type equals the facts, field by field", { skip }, () => {
  const types = read<Record<string, TypeFact>>("types.json");
  const differences: string[] = [];
  for (const [name, schema] of reachable()) {
    const facts = new Map(flatFields(name, types).map((fact) => [fact.name, fact]));
    for (const fact of facts.keys()) if (!schema.fields[fact]) differences.push(`${name}.${fact} is missing`);
    for (const [key, field] of Object.entries(schema.fields)) {
      const fact = facts.get(key);
      if (!fact) differences.push(`${name}.${key} does not exist`);
      else if (!KNOWN.has(`${name}.${key}`)) {
        const [ours, theirs] = [describeField(field), describeFact(fact, field.schema, types)];
        for (const aspect of Object.keys(ours)) {
          const [mine, wanted] = [JSON.stringify(ours[aspect]), JSON.stringify(theirs[aspect])];
          if (mine !== wanted && key !== "apiVersion" && key !== "kind") {
            differences.push(`${name}.${key}: ${aspect} is ${mine}, not ${wanted}`);
          }
        }
      }
    }
    const atomic = types[name]?.structType === "atomic";
    if (atomic !== schema.atomic) differences.push(`${name}: atomic is ${schema.atomic}, not ${atomic}`);
  }
  assert.deepEqual(differences, []);
});

test("every kind has the columns of the facts, in their order", { skip }, () => {
  const { resources } = read<{ resources: Record<string, ColumnFact[]> }>("columns.json");
  const differences: string[] = [];
  for (const kind of KINDS) {
    const facts = resources[`${kind.apiVersion}/${kind.plural}`];
    if (!facts) continue;
    const wanted = facts.map(({ name, type, format, priority }) => ({ name, type, format, priority }));
    const ours = columnDefinitions(kind).map(({ name, type, format, priority }) => ({ name, type, format, priority }));
    if (JSON.stringify(ours) !== JSON.stringify(wanted)) {
      differences.push(`${kind.kind}: ${JSON.stringify(ours)} is not ${JSON.stringify(wanted)}`);
    }
  }
  assert.deepEqual(differences, []);
});

interface DefaultFact {
  readonly path: string;
  readonly value?: unknown;
  readonly when?: string;
}

/** Defaults that hold for pods and Jobs and not for templates, or are empty objects: `setDefaults` sets them. */
const SET_BY_CODE = new Set([
  "io.k8s.api.core.v1.Pod spec.enableServiceLinks",
  "io.k8s.api.core.v1.PodSpec securityContext",
  "io.k8s.api.batch.v1.Job spec.completionMode",
  "io.k8s.api.batch.v1.Job spec.manualSelector",
  "io.k8s.api.batch.v1.Job spec.parallelism",
  "io.k8s.api.batch.v1.Job spec.suspend",
  // Zero and left out: nothing is written for these.
  "io.k8s.api.autoscaling.v1.ScaleSpec replicas",
  "io.k8s.api.core.v1.Probe initialDelaySeconds",
  "io.k8s.api.core.v1.ReplicationController spec.minReadySeconds",
]);

function fieldAt(schema: ObjectSchema, path: string): Field | undefined {
  let field: Field | undefined;
  let at: Schema | undefined = schema;
  for (const name of path.split(".")) {
    field = at?.shape === "object" ? at.fields[name] : undefined;
    at = field?.schema;
  }
  return field;
}

test("every unconditional default of the facts is declared", { skip }, () => {
  const { types } = read<{ types: Record<string, DefaultFact[]> }>("defaults.json");
  const differences: string[] = [];
  for (const [name, schema] of reachable()) {
    for (const fact of types[name] ?? []) {
      const plain = fact.when === undefined && fact.value !== undefined && !fact.path.includes("[");
      if (!plain || SET_BY_CODE.has(`${name} ${fact.path}`)) continue;
      const field = fieldAt(schema, fact.path);
      if (JSON.stringify(field?.default) !== JSON.stringify(fact.value)) {
        differences.push(
          `${name} ${fact.path} is ${JSON.stringify(field?.default)}, not ${JSON.stringify(fact.value)}`,
        );
      }
    }
  }
  assert.deepEqual(differences, []);
});
