import assert from "node:assert/strict";
import { test } from "node:test";
import type { Probe } from "#api/core/probe.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { ProbeRun } from "./probe_run.ts";

const PROBE: Probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

interface Case {
  readonly name: string;
  readonly probe?: Partial<Probe>;
  readonly eager?: boolean;
  /** What an attempt at this second finds. */
  readonly answer: (second: number) => boolean;
  readonly forSeconds: number;
  /** Seconds of attempts, and of verdicts with what they were. */
  readonly attempts: number[];
  readonly verdicts: string[];
}

const CASES: readonly Case[] = [
  {
    name: "asks at once and then each period",
    answer: () => true,
    forSeconds: 25,
    attempts: [0, 10, 20],
    verdicts: ["0 true", "10 true", "20 true"],
  },
  {
    name: "waits its initial delay",
    probe: { initialDelaySeconds: 5 },
    answer: () => true,
    forSeconds: 16,
    attempts: [5, 15],
    verdicts: ["5 true", "15 true"],
  },
  {
    name: "fails after as many failures in a row as told",
    answer: (second) => second === 10,
    forSeconds: 45,
    attempts: [0, 10, 20, 30, 40],
    verdicts: ["10 true", "40 false"],
  },
  {
    name: "succeeds after as many successes in a row as told",
    probe: { successThreshold: 2 },
    answer: (second) => second >= 20,
    forSeconds: 35,
    attempts: [0, 10, 20, 30],
    verdicts: ["30 true"],
  },
  {
    name: "asks eagerly until the first success, without counting those failures",
    eager: true,
    probe: { failureThreshold: 1 },
    answer: (second) => second >= 0.3,
    forSeconds: 12,
    attempts: [0, 0.05, 0.1, 0.2, 0.4, 10],
    verdicts: ["0 false", "0.4 true", "10 true"],
  },
];
for (const { name, probe = {}, eager = false, answer, forSeconds, attempts, verdicts } of CASES) {
  test(`a probe ${name}`, async () => {
    const clock = new VirtualClock();
    const startedMs = clock.now();
    const second = () => (clock.now() - startedMs) / 1000;
    const asked: number[] = [];
    const found: string[] = [];
    const run = new ProbeRun({
      probe: { ...PROBE, ...probe },
      clock,
      startedMs,
      eager,
      attempt: async () => {
        asked.push(second());
        return { success: answer(second()), message: "" };
      },
      verdict: (success) => found.push(`${second()} ${success}`),
      failed: () => {},
    });
    await clock.advance(forSeconds * 1000);
    run.stop();
    assert.deepEqual(asked, attempts);
    assert.deepEqual(found, verdicts);
  });
}
