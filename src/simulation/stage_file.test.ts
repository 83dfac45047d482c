import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/core/pod.ts";
import { podStagesFor, STAGES_ANNOTATION } from "./selection.ts";
import { parseStages, StageFileError } from "./stage_file.ts";

const file = (selects: string, stages = "[]", name = "one") =>
  `{ apiVersion: simulation.knarr.dev/v1, kind: Stages, metadata: { name: ${name} }, selects: ${selects}, stages: ${stages} }`;

test("a stage file is read into steps, with times in milliseconds", () => {
  const { pods, nodes } = parseStages(`
apiVersion: simulation.knarr.dev/v1
kind: Stages
metadata: { name: slow }
selects: { kind: Pod, images: ["*:slow"], labels: { app: web } }
stages:
  - { from: bound, after: 1s-3s, to: up, show: { running: { ready: false } } }
  - { from: up, after: backoff, to: down, show: { exited: { code: 137, reason: OOMKilled } } }
  - { from: terminating, after: grace, to: gone, show: { gone: true } }
---
${file("{ kind: Node, names: [simulated-1] }", '[{ from: registered, after: 90s, to: full, show: { conditions: { DiskPressure: "True" }, evicts: 2 } }]')}
`);
  assert.deepEqual(pods[0]?.stages, [
    { from: "bound", after: { minMs: 1_000, maxMs: 3_000 }, to: "up", show: { running: { ready: false } } },
    { from: "up", after: "backoff", to: "down", show: { exited: { code: 137, reason: "OOMKilled" } } },
    { from: "terminating", after: "grace", to: "gone", show: { gone: true } },
  ]);
  assert.deepEqual(nodes[0]?.stages[0]?.show, { conditions: { DiskPressure: "True" }, evicts: 2 });
});

const step = (show: string, after = "1s") =>
  file("{ kind: Pod }", `[{ from: a, after: ${after}, to: b, show: ${show} }]`);

const refused: readonly [what: string, text: string, message: RegExp][] = [
  [
    "another kind",
    "{ kind: Pod }",
    /a stage file holds documents of kind Stages in simulation\.knarr\.dev\/v1|apiVersion/,
  ],
  [
    "a member that does not exist",
    file("{ kind: Pod, image: x }"),
    /^document\.selects\.image: there is no such member$/,
  ],
  ["a selection of nothing", file("{ kind: Service }"), /^document\.selects\.kind: Pod or Node, not Service$/],
  ["a time that is none", step("{ gone: true }", "soon"), /stages\[0\]\.after: "soon" is none of 2s, 1s-3s/],
  ["a range from more to less", step("{ gone: true }", "3s-1s"), /stages\[0\]\.after: "3s-1s"/],
  ["nothing to show", step("{}"), /stages\[0\]\.show/],
  ["two things to show", step("{ gone: true, running: { ready: true } }"), /show\.running: there is no such member/],
  ["an exit code in words", step("{ exited: { code: one } }"), /show\.exited\.code: a whole number was expected/],
];

for (const [what, text, message] of refused) {
  test(`a stage file is refused for ${what}, and the message says where`, () => {
    assert.throws(
      () => parseStages(text),
      (error) => error instanceof StageFileError && message.test(error.message),
    );
  });
}

const pod = (image: string, more: { policy?: string; annotations?: Record<string, string> } = {}) =>
  ({
    metadata: { name: "p", ...(more.annotations && { annotations: more.annotations }) },
    spec: { restartPolicy: more.policy ?? "Always", containers: [{ name: "c", image }] },
  }) as unknown as Pod;

const book = parseStages(
  [
    file('{ kind: Pod, images: ["*:slow"] }', "[]", "slow"),
    file('{ kind: Pod, images: ["shop/*/web:*"] }', "[]", "shop"),
    file('{ kind: Pod, images: ["never"], labels: { app: nobody } }', "[]", "chosen"),
  ].join("\n---\n"),
);

const selected: readonly [name: string, of: Pod][] = [
  ["slow", pod("registry:5000/web:slow")],
  ["runs", pod("web:slower")],
  ["shop", pod("shop/a/b/web:1")],
  ["runs", pod("shop/web:1")],
  ["completes", pod("work:1", { policy: "Never" })],
  ["slow", pod("work:slow", { policy: "Never" })],
  ["chosen", pod("web:slow", { annotations: { [STAGES_ANNOTATION]: "chosen" } })],
];

for (const [name, of] of selected) {
  test(`a pod of image ${of.spec.containers[0]?.image} (${JSON.stringify(of.metadata.annotations ?? {})}) lives by "${name}"`, () => {
    assert.equal(podStagesFor(of, book).name, name);
  });
}
