import { NODE_COLUMNS } from "./node_columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { NodeConfigSource, NodeStatus } from "./node_status.ts";
import { STRING, boolean, list, of, ptr, string } from "../schema/field.ts";
import { Taint } from "./taint.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateNode, validateNodeUpdate, validateNodeStatusUpdate } from "../validation/node.ts";

export const NodeSpec = object("io.k8s.api.core.v1.NodeSpec", {
  podCIDR: string(1),
  podCIDRs: list(7, STRING, { set: true, patchStrategy: "merge" }),
  providerID: string(3),
  unschedulable: boolean(4),
  taints: list(5, Taint),
  configSource: ptr(6, NodeConfigSource),
  externalID: string(2),
});
export interface NodeSpec extends ValueOf<typeof NodeSpec> {}

export const Node = kind(
  "io.k8s.api.core.v1.Node",
  { group: "", version: "v1", kind: "Node", plural: "nodes", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, NodeSpec),
    status: of(3, NodeStatus),
  },
  {
    shortNames: ["no"],
    subresources: {
      proxy: {
        kind: "NodeProxyOptions",
        group: "",
        version: "v1",
        verbs: ["create", "delete", "get", "patch", "update"],
        connect: true,
      },
      status: { kind: "Node", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    selectableFields: {
      "spec.unschedulable": (node) => String(node.spec.unschedulable ?? false),
    },
    statusOnCreate: "kept",
    setDefaults({ status }) {
      if (status?.capacity) status.allocatable ??= { ...status.capacity };
    },
    columns: NODE_COLUMNS,
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    validateStatusUpdate: validateNodeStatusUpdate,
  },
);
export interface Node extends ObjectOf<typeof Node> {}
export type NodeDraft = DraftObjectOf<typeof Node>;
