import { NAME, column } from "../columns.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { QUANTITY, duration, map, of, time } from "../schema/field.ts";
import { kind, type ObjectOf } from "../schema/kind.ts";

/** What a node used of its resources over the last moments. Measured when asked for, never stored. */
export const NodeMetrics = kind(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics",
  { group: "metrics.k8s.io", version: "v1beta1", kind: "NodeMetrics", plural: "nodes", scope: "Cluster" },
  {
    metadata: of(1, ObjectMeta),
    timestamp: time(2, { required: true }),
    window: duration(3, { required: true, always: true }),
    usage: map(4, QUANTITY, { required: true }),
  },
  {
    verbs: ["get", "list"],
    singular: "",
    columns: [
      NAME,
      column("cpu", "string", "Processors in use.", ({ usage }) => usage["cpu"] ?? "0"),
      column("memory", "string", "Memory in use.", ({ usage }) => usage["memory"] ?? "0"),
      column("window", "string", "How long was measured.", ({ window }) => window),
    ],
  },
);
export interface NodeMetrics extends ObjectOf<typeof NodeMetrics> {}
