import type { NodeStatus } from "#api/core/node_status.ts";
import type { EventType } from "#client/events.ts";

/** What an event says of a node. */
interface News {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

/** By condition, what the agent says when it begins to hold and when it no longer does (kubelet's events/event.go). */
const REASONS: Readonly<Record<string, { readonly True: string; readonly False: string }>> = {
  MemoryPressure: { True: "NodeHasInsufficientMemory", False: "NodeHasSufficientMemory" },
  DiskPressure: { True: "NodeHasDiskPressure", False: "NodeHasNoDiskPressure" },
  PIDPressure: { True: "NodeHasInsufficientPID", False: "NodeHasSufficientPID" },
  Ready: { True: "NodeReady", False: "NodeNotReady" },
};

/** What is new in a node's status compared with the one before. That it is ready at first is told by its start. Pure. */
export function nodeNews(name: string, before: NodeStatus | undefined, now: NodeStatus): News[] {
  const news: News[] = [];
  const [known, bootId] = [before?.nodeInfo?.bootID, now.nodeInfo?.bootID];
  if (known && bootId && known !== bootId) {
    news.push({ type: "Warning", reason: "Rebooted", message: `Node ${name} has been rebooted, boot id: ${bootId}` });
  }
  for (const { type, status } of now.conditions ?? []) {
    const last = before?.conditions?.find((condition) => condition.type === type)?.status;
    if (last === status || (type === "Ready" && last === undefined)) continue;
    const reason = status === "True" || status === "False" ? REASONS[type]?.[status] : undefined;
    if (reason) news.push({ type: "Normal", reason, message: `Node ${name} status is now: ${reason}` });
  }
  return news;
}
