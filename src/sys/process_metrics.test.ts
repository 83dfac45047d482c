import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricRegistry } from "#base/metrics.ts";
import { addProcessMetrics } from "./process_metrics.ts";

test("a process tells what it uses", () => {
  const metrics = new MetricRegistry();
  addProcessMetrics(metrics);
  const text = metrics.text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  assert.ok(value("process_resident_memory_bytes") > 1024 * 1024);
  assert.ok(value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"));
  assert.ok(value("process_open_fds") > 2 && value("process_open_fds") <= value("process_max_fds"));
  assert.ok(value("process_cpu_seconds_total") > 0);
});
