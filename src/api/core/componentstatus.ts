import { NAME, column } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { list, of, string } from "../schema/field.ts";
import { kind, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";

export const ComponentCondition = object("io.k8s.api.core.v1.ComponentCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  message: string(3),
  error: string(4),
});
export interface ComponentCondition extends ValueOf<typeof ComponentCondition> {}

function healthy({ conditions = [] }: ComponentStatus): ComponentCondition | undefined {
  return conditions.find(({ type }) => type === "Healthy");
}

/** Whether a part of the control plane is well. Never stored: the server finds out when it is asked. */
export const ComponentStatus = kind(
  "io.k8s.api.core.v1.ComponentStatus",
  { group: "", version: "v1", kind: "ComponentStatus", plural: "componentstatuses", scope: "Cluster" },
  {
    metadata: of(1, ObjectMeta),
    conditions: list(2, ComponentCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
  },
  {
    verbs: ["get", "list"],
    shortNames: ["cs"],
    deprecation: "v1 ComponentStatus is deprecated in v1.19+",
    columns: [
      NAME,
      column("Status", "string", "Whether it is well.", (status) => {
        const condition = healthy(status as ComponentStatus);
        return condition === undefined ? "Unknown" : condition.status === "True" ? "Healthy" : "Unhealthy";
      }),
      column(
        "Message",
        "string",
        "What it says of itself.",
        (status) => healthy(status as ComponentStatus)?.message ?? "",
      ),
      column("Error", "string", "What went wrong.", (status) => healthy(status as ComponentStatus)?.error ?? ""),
    ],
  },
);
export interface ComponentStatus extends ObjectOf<typeof ComponentStatus> {}
