import { AGE, NAME, column, wideColumn } from "../columns.ts";
import { age } from "../human_duration.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column, RowCondition } from "../schema/kind.ts";
import { summarizePod } from "./pod_summary.ts";
import type { PodSpec } from "./pod_spec.ts";
import type { PodStatus } from "./pod_status.ts";

interface PodLike {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

function restartsText(pod: PodLike, nowMs: number): string {
  const { restarts, lastRestart } = summarizePod(pod);
  return restarts > 0 && lastRestart !== undefined ? `${restarts} (${age(lastRestart, nowMs)} ago)` : `${restarts}`;
}

function gatesText({ spec, status }: PodLike): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const isTrue = (type: string): boolean =>
    (status.conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
  return `${gates.filter((gate) => isTrue(gate.conditionType)).length}/${gates.length}`;
}

export const POD_COLUMNS: readonly Column<PodLike>[] = [
  NAME,
  column("Ready", "string", "Containers that are ready, of all that should run.", (pod) => {
    const { ready, total } = summarizePod(pod);
    return `${ready}/${total}`;
  }),
  column("Status", "string", "What the pod is doing, or why it cannot.", (pod) => summarizePod(pod).reason),
  column("Restarts", "string", "Restarts of its containers, and how long ago the last was.", restartsText),
  AGE,
  wideColumn("IP", "string", "First address of the pod.", ({ status }) => status.podIPs?.[0]?.ip ?? "<none>"),
  wideColumn("Node", "string", "Node the pod is bound to.", ({ spec }) => spec.nodeName || "<none>"),
  wideColumn(
    "Nominated Node",
    "string",
    "Node on which room is being made for the pod.",
    ({ status }) => status.nominatedNodeName || "<none>",
  ),
  wideColumn("Readiness Gates", "string", "Readiness gates that are open, of all.", gatesText),
];

/** Marks the rows of pods that have run to their end. */
export function podRowConditions({ status }: PodLike): RowCondition[] {
  if (status.phase === "Succeeded") {
    return [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }];
  }
  if (status.phase !== "Failed") return [];
  return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
}
