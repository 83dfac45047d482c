import { NAME, column } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { addQuantities, formatQuantity, quantityOf } from "../quantity.ts";
import { QUANTITY, duration, list, map, of, string, time } from "../schema/field.ts";
import { kind, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";

export const ContainerMetrics = object("io.k8s.metrics.pkg.apis.metrics.v1beta1.ContainerMetrics", {
  name: string(1, { required: true, always: true }),
  usage: map(2, QUANTITY, { required: true }),
});
export interface ContainerMetrics extends ValueOf<typeof ContainerMetrics> {}

/** The containers' use of one resource together. */
function summed(containers: readonly ContainerMetrics[], resource: string): string {
  const uses = containers.map(({ usage }) => usage[resource] ?? "0");
  return formatQuantity(uses.reduce((sum, each) => addQuantities(sum, each), quantityOf(0)));
}

/** What a pod's containers used of their node's resources over the last moments. Measured when asked for, never stored. */
export const PodMetrics = kind(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics",
  { group: "metrics.k8s.io", version: "v1beta1", kind: "PodMetrics", plural: "pods", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    timestamp: time(2, { required: true }),
    window: duration(3, { required: true, always: true }),
    containers: list(4, ContainerMetrics, { required: true }),
  },
  {
    verbs: ["get", "list"],
    singular: "",
    columns: [
      NAME,
      column("cpu", "string", "Processors in use.", ({ containers }) => summed(containers, "cpu")),
      column("memory", "string", "Memory in use.", ({ containers }) => summed(containers, "memory")),
      column("window", "string", "How long was measured.", ({ window }) => window),
    ],
  },
);
export interface PodMetrics extends ObjectOf<typeof PodMetrics> {}
