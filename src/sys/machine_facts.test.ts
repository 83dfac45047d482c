import assert from "node:assert/strict";
import { test } from "node:test";
import { machineCounters } from "./machine_facts.ts";
import { memoryFiles } from "./memory_files.ts";

test("processor time is what was not idle, memory what could not be had", async () => {
  const files = memoryFiles({ now: () => 0 });
  await files.mkdir("/proc");
  await files.writeFile("/proc/stat", "cpu  100 10 50 9000 500 5 5 30 20 0\ncpu0 1 1 1 1\n");
  await files.writeFile("/proc/meminfo", "MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     400 kB\n");
  assert.deepEqual(await machineCounters(files), { cpuNanoseconds: 2_000_000_000n, memoryBytes: 600 * 1024 });
});

test("a machine without /proc counts nothing", async () => {
  assert.equal(await machineCounters(memoryFiles({ now: () => 0 })), undefined);
});
