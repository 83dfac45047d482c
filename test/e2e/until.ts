import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

const POLL_MS = 50;

/**
 * Waits for what no watch tells of, looking again and again; fails the test by name after `timeoutMs`. For the
 * cluster's objects prefer `kubectl wait`.
 */
export async function until(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `not within ${timeoutMs} ms: ${what}`);
    await pause(POLL_MS);
  }
}
