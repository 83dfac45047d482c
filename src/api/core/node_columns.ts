import { AGE, NAME, column, wideColumn } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { NodeSpec } from "./node.ts";
import type { NodeStatus } from "./node_status.ts";

interface NodeLike {
  readonly metadata: ObjectMeta;
  readonly spec: NodeSpec;
  readonly status: NodeStatus;
}

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

function statusText({ spec, status }: NodeLike): string {
  const ready = status.conditions?.find((condition) => condition.type === "Ready");
  const text = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText({ metadata }: NodeLike): string {
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) =>
    key.startsWith(ROLE_PREFIX) ? key.slice(ROLE_PREFIX.length) : key === ROLE_LABEL ? value : "",
  );
  return [...new Set(roles.filter((role) => role !== ""))].toSorted().join(",") || "<none>";
}

function addressText({ status }: NodeLike, type: string): string {
  return status.addresses?.find((address) => address.type === type)?.address ?? "<none>";
}

export const NODE_COLUMNS: readonly Column<NodeLike>[] = [
  NAME,
  column("Status", "string", "Whether the node takes pods.", statusText),
  column("Roles", "string", "Roles given to it by label.", rolesText),
  AGE,
  column("Version", "string", "Version of its agent.", ({ status }) => status.nodeInfo.kubeletVersion),
  wideColumn("Internal-IP", "string", "Address inside the cluster's network.", (node) =>
    addressText(node, "InternalIP"),
  ),
  wideColumn("External-IP", "string", "Address outside.", (node) => addressText(node, "ExternalIP")),
  wideColumn("OS-Image", "string", "Its system.", ({ status }) => status.nodeInfo.osImage || "<unknown>"),
  wideColumn("Kernel-Version", "string", "Its kernel.", ({ status }) => status.nodeInfo.kernelVersion || "<unknown>"),
  wideColumn(
    "Container-Runtime",
    "string",
    "What runs its containers.",
    ({ status }) => status.nodeInfo.containerRuntimeVersion || "<unknown>",
  ),
];
