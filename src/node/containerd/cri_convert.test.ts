import assert from "node:assert/strict";
import { test } from "node:test";
import { containerStatusOf } from "./cri_convert.ts";

type Data = Parameters<typeof containerStatusOf>[0];

/** CONTAINER_EXITED of the CRI. */
const EXITED = 2;

function exited(reason: string, message: string): Data {
  return {
    id: "c",
    metadata: { name: "web", attempt: 0 },
    state: EXITED,
    createdAt: 1n,
    startedAt: 2_000_000n,
    finishedAt: 3_000_000n,
    exitCode: 128,
    image: { image: "i:1" },
    imageRef: "i",
    imageId: "i",
    labels: {},
    annotations: {},
    reason,
    message,
    logPath: "",
    mounts: [],
  } as unknown as Data;
}

const CUT_OFF = [
  "failed to create containerd task: failed to create shim task: context canceled: unknown",
  "failed to create containerd task: failed to get task pid: context canceled: unknown",
  "failed to create containerd task: failed to start shim: start failed: : signal: killed: unknown",
  'failed to start containerd task "c": context canceled: unknown',
];

for (const message of CUT_OFF) {
  test(`containerStatusOf() says CREATED of a start undone because its caller died: ${message}`, () => {
    const status = containerStatusOf(exited("StartError", message));
    assert.equal(status.state, "CREATED");
    assert.equal(status.exitCode, undefined);
    assert.equal(status.startedAtMs, undefined);
  });
}

test("containerStatusOf() says CREATED while such a start is being undone, and EXITED of what has run", () => {
  assert.equal(containerStatusOf({ ...exited("Error", ""), startedAt: 0n }).state, "CREATED");
  assert.equal(containerStatusOf(exited("Error", "")).state, "EXITED");
});

test("containerStatusOf() says EXITED of a start that failed by itself", () => {
  const status = containerStatusOf(exited("StartError", 'exec: "/nope": no such file or directory'));
  assert.deepEqual([status.state, status.exitCode], ["EXITED", 128]);
});
