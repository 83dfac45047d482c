import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { QUANTITY, STRING, list, map, of, ptr, string } from "../schema/field.ts";
import { Toleration } from "../core/taint.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateRuntimeClass, validateRuntimeClassUpdate } from "../validation/runtimeclass.ts";

export const Overhead = object("io.k8s.api.node.v1.Overhead", {
  podFixed: map(1, QUANTITY),
});
export interface Overhead extends ValueOf<typeof Overhead> {}

export const Scheduling = object("io.k8s.api.node.v1.Scheduling", {
  nodeSelector: map(1, STRING, { atomic: true }),
  tolerations: list(2, Toleration),
});
export interface Scheduling extends ValueOf<typeof Scheduling> {}

/** A way of running containers, by the name of its handler. */
export const RuntimeClass = kind(
  "io.k8s.api.node.v1.RuntimeClass",
  { group: "node.k8s.io", version: "v1", kind: "RuntimeClass", plural: "runtimeclasses", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    handler: string(2, { required: true, always: true }),
    overhead: ptr(3, Overhead),
    scheduling: ptr(4, Scheduling),
  },
  {
    columns: [NAME, column("Handler", "string", "What the container runtime calls it.", ({ handler }) => handler), AGE],
    updateNeedsVersion: true,
    createOnUpdate: true,
    validate: validateRuntimeClass,
    validateUpdate: validateRuntimeClassUpdate,
  },
);
export interface RuntimeClass extends ObjectOf<typeof RuntimeClass> {}
export type RuntimeClassDraft = DraftObjectOf<typeof RuntimeClass>;
