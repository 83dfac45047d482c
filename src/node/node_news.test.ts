import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeStatus } from "#api/core/node_status.ts";
import { nodeNews } from "./node_news.ts";

function statusOf(bootID: string, conditions: Readonly<Record<string, string>>): NodeStatus {
  const list = Object.entries(conditions).map(([type, status]) => ({ type, status }));
  return { nodeInfo: { bootID }, conditions: list } as unknown as NodeStatus;
}

const WELL = { MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False", Ready: "True" };
const LOST = { MemoryPressure: "Unknown", DiskPressure: "Unknown", PIDPressure: "Unknown", Ready: "Unknown" };

const shown = (before: NodeStatus | undefined, now: NodeStatus) =>
  nodeNews("n", before, now).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

test("a node tells what began and what ended, and nothing that stays", () => {
  const is = (reason: string) => `Normal ${reason}: Node n status is now: ${reason}`;
  const sufficient = ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID"].map(is);
  assert.deepEqual(shown(undefined, statusOf("a", WELL)), sufficient);
  assert.deepEqual(shown(statusOf("a", WELL), statusOf("a", WELL)), []);
  assert.deepEqual(shown(statusOf("a", LOST), statusOf("a", WELL)), [...sufficient, is("NodeReady")]);
  assert.deepEqual(shown(statusOf("a", WELL), statusOf("a", { ...WELL, DiskPressure: "True", Ready: "False" })), [
    is("NodeHasDiskPressure"),
    is("NodeNotReady"),
  ]);
});

test("a node that was booted again says so", () => {
  assert.deepEqual(shown(statusOf("a", WELL), statusOf("b", WELL)), [
    "Warning Rebooted: Node n has been rebooted, boot id: b",
  ]);
});
