import assert from "node:assert/strict";
import { test } from "node:test";
import { nextAttempt, planPod } from "./plan.ts";
import type { Action, Ending, ImageOutcome, PodFacts } from "./pod_facts.ts";
import { containerOf, factsOf, NOW_MS, podOf, ran, SANDBOX } from "./pod_fixtures.ts";

const main = containerOf();
const side = containerOf({ name: "side", restartPolicy: "Always" });
const init = containerOf({ name: "init" });
const second = containerOf({ name: "second" });
const debug = containerOf({ name: "debug" });
const debugged = (spec: object = {}, status: object = {}) =>
  podOf({ spec: { ephemeralContainers: [debug], ...spec }, status });
const image = { state: "ready", image: "sha256:1", user: {} } as const;
const images = (...names: string[]) => new Map(names.map((name) => [name, image]));
const sandboxes = [SANDBOX];
const deleted = (parts: Partial<Ending> = {}): Ending => ({
  cause: "deleted",
  startedMs: NOW_MS,
  graceSeconds: 30,
  drained: true,
  ...parts,
});

const aimed = () => podOf({ spec: { ephemeralContainers: [{ ...debug, targetContainerName: "main" }] } });
const FAILURE = {
  waiting: { reason: "CreateContainerError", message: "" },
  failedAtMs: NOW_MS - 1_000,
  retryAtMs: NOW_MS + 9_000,
};

/** What is the same in all statuses of the container for debugging. */
const SHOWN = { name: "debug", lastState: {}, ready: false, restartCount: 0, image: "app:1", imageID: "" };

/** An action in short: what it does and to whom. */
function short(action: Action): string {
  switch (action.do) {
    case "ensureImage":
    case "startContainer":
    case "stopContainer":
      return `${action.do} ${action.container}`;
    case "removeContainer":
    case "stopSandbox":
    case "removeSandbox":
      return `${action.do} ${action.id}`;
    default:
      return action.do;
  }
}

const CASES: readonly { name: string; facts: Partial<PodFacts> & { pod: PodFacts["pod"] }; want: string[] }[] = [
  {
    name: "begins with everything that does not wait for one another",
    facts: { pod: podOf({}), volumes: { retryAtMs: 0 } },
    want: ["prepareVolumes", "runSandbox", "ensureImage main"],
  },
  {
    name: "does not begin twice what is under way",
    facts: { pod: podOf({}), busy: new Set(["sandbox", "image:main"]) },
    want: [],
  },
  {
    name: "starts a container when its sandbox, volumes and image are there",
    facts: { pod: podOf({}), runtime: { sandboxes, containers: [] }, images: images("main") },
    want: ["startContainer main"],
  },
  {
    name: "starts one container after the other, in order",
    facts: {
      pod: podOf({ spec: { containers: [main, second] } }),
      runtime: { sandboxes, containers: [] },
      images: images("main", "second"),
    },
    want: ["startContainer main"],
  },
  {
    name: "goes on with the next when an image cannot be had",
    facts: {
      pod: podOf({ spec: { containers: [main, second] } }),
      runtime: { sandboxes, containers: [] },
      images: new Map<string, ImageOutcome>([
        ["second", image],
        ["main", { state: "failed", waiting: { reason: "ErrImagePull", message: "" }, retryAtMs: NOW_MS + 1 } as const],
      ]),
    },
    want: ["startContainer second"],
  },
  {
    name: "takes away what was made and never ran before it starts anew",
    facts: {
      pod: podOf({}),
      runtime: { sandboxes, containers: [{ ...ran(main), state: "CREATED" }] },
      images: images("main"),
    },
    want: [`removeContainer ${ran(main).id}`],
  },
  {
    name: "wants nothing of a pod that runs",
    facts: { pod: podOf({}), runtime: { sandboxes, containers: [ran(main)] } },
    want: [],
  },
  {
    name: "starts what ended again under Always",
    facts: {
      pod: podOf({}),
      runtime: { sandboxes, containers: [ran(main, { state: "EXITED", exitCode: 0 })] },
      images: images("main"),
    },
    want: ["startContainer main"],
  },
  {
    name: "leaves alone what ended well under OnFailure",
    facts: {
      pod: podOf({ spec: { restartPolicy: "OnFailure", containers: [main, second] } }),
      runtime: { sandboxes, containers: [ran(second), ran(main, { state: "EXITED", exitCode: 0 })] },
    },
    want: [],
  },
  {
    name: "waits out a back-off",
    facts: {
      pod: podOf({}),
      runtime: {
        sandboxes,
        containers: [ran(main, { state: "EXITED", exitCode: 1, finishedAtMs: NOW_MS - 4_000 })],
      },
      crashes: new Map([["main", { delayMs: 10_000, updatedMs: NOW_MS - 5_000 }]]),
      images: images("main"),
    },
    want: [],
  },
  {
    name: "runs init containers one by one, before the others",
    facts: {
      pod: podOf({ spec: { initContainers: [init, side] } }),
      runtime: { sandboxes, containers: [ran(init)] },
      images: images("init", "side", "main"),
    },
    want: [],
  },
  {
    name: "does not go past a sidecar that has not started",
    facts: {
      pod: podOf({ spec: { initContainers: [side] } }),
      runtime: { sandboxes, containers: [ran(side)] },
      images: images("main"),
      probes: new Map([["side-0", { started: false, ready: false }]]),
    },
    want: [],
  },
  {
    name: "starts the others beside a sidecar that has started",
    facts: {
      pod: podOf({ spec: { initContainers: [side] } }),
      runtime: { sandboxes, containers: [ran(side)] },
      images: images("main"),
      probes: new Map([["side-0", { started: true, ready: true }]]),
    },
    want: ["startContainer main"],
  },
  {
    name: "stops what its liveness probe condemned",
    facts: {
      pod: podOf({}),
      runtime: { sandboxes, containers: [ran(main)] },
      probes: new Map([
        ["main-0", { started: true, ready: false, failed: { probe: "liveness", graceSeconds: undefined } }],
      ]),
    },
    want: ["stopContainer main"],
  },
  {
    name: "replaces a container whose image was changed",
    facts: {
      pod: podOf({ spec: { containers: [containerOf({ image: "app:2" })] } }),
      runtime: { sandboxes, containers: [ran(main)] },
    },
    want: ["stopContainer main"],
  },
  {
    name: "makes a new sandbox when the old one is gone, and keeps what is needed of the old",
    facts: {
      pod: podOf({}),
      runtime: {
        sandboxes: [{ ...SANDBOX, state: "NOTREADY" }],
        containers: [ran(main, { state: "EXITED", exitCode: 255 })],
      },
    },
    want: ["runSandbox", "ensureImage main"],
  },
  {
    name: "keeps one dead container beside the newest and removes older ones",
    facts: {
      pod: podOf({}),
      runtime: {
        sandboxes,
        containers: [
          ran(main, { attempt: 3 }),
          ran(main, { attempt: 2, state: "EXITED" }),
          ran(main, { attempt: 1, state: "EXITED" }),
        ],
      },
    },
    want: ["removeContainer main-1"],
  },
  {
    name: "drains a deleted pod before anything else",
    facts: { pod: podOf({}), runtime: { sandboxes, containers: [ran(main)] }, ending: deleted({ drained: false }) },
    want: ["drain"],
  },
  {
    name: "stops containers together, sidecars only when the others have ended",
    facts: {
      pod: podOf({ spec: { containers: [main, second], initContainers: [side] } }),
      runtime: { sandboxes, containers: [ran(second), ran(main), ran(side)] },
      ending: deleted(),
    },
    want: ["stopContainer second", "stopContainer main"],
  },
  {
    name: "stops the sidecar then",
    facts: {
      pod: podOf({ spec: { initContainers: [side] } }),
      runtime: { sandboxes, containers: [ran(main, { state: "EXITED" }), ran(side)] },
      ending: deleted(),
    },
    want: ["stopContainer side"],
  },
  {
    name: "takes the network down when all have ended",
    facts: {
      pod: podOf({}),
      runtime: { sandboxes, containers: [ran(main, { state: "EXITED" })] },
      ending: deleted(),
    },
    want: ["stopSandbox s0"],
  },
  {
    name: "starts what is to find out why an init container does not end",
    facts: {
      pod: debugged({ initContainers: [init] }),
      runtime: { sandboxes, containers: [ran(init)] },
      images: images("debug"),
    },
    want: ["startContainer debug"],
  },
  {
    name: "starts what is to find out why a hook hangs",
    facts: {
      pod: debugged(),
      runtime: { sandboxes, containers: [ran(main)] },
      images: images("debug"),
      busy: new Set(["start:main"]),
    },
    want: ["startContainer debug"],
  },
  {
    name: "starts a container beside one for debugging that is being started",
    facts: {
      pod: debugged(),
      runtime: { sandboxes, containers: [] },
      images: images("main"),
      busy: new Set(["start:debug"]),
    },
    want: ["startContainer main"],
  },
  {
    name: "starts what is to look at a container as soon as that runs again",
    facts: {
      pod: aimed(),
      runtime: { sandboxes, containers: [ran(main, { attempt: 1, startedAtMs: NOW_MS }), ran(main)] },
      images: images("debug"),
      failures: new Map([["debug", FAILURE]]),
    },
    want: ["startContainer debug"],
  },
  {
    name: "tries to look at a container that ran before no sooner than later",
    facts: {
      pod: aimed(),
      runtime: { sandboxes, containers: [ran(main)] },
      images: images("debug"),
      failures: new Map([["debug", FAILURE]]),
    },
    want: [],
  },
  {
    name: "makes no sandbox for the sake of debugging",
    facts: {
      pod: debugged({ restartPolicy: "Never", containers: [main, second] }),
      runtime: { sandboxes: [{ ...SANDBOX, state: "NOTREADY" }], containers: [ran(main), ran(second)] },
      volumes: "ready",
      images: images("debug", "main", "second"),
    },
    want: ["stopContainer main", "stopContainer second"],
  },
  {
    name: "does not start a second time what was for debugging",
    facts: {
      pod: debugged(),
      runtime: { sandboxes, containers: [ran(main), ran(debug, { state: "EXITED", exitCode: 1 })] },
      images: images("debug"),
    },
    want: [],
  },
  {
    name: "does not start a second time what was for debugging and is lost",
    facts: {
      pod: debugged({}, { ephemeralContainerStatuses: [{ ...SHOWN, state: { running: {} }, containerID: "c" }] }),
      runtime: { sandboxes, containers: [ran(main)] },
      images: images("debug"),
    },
    want: [],
  },
  {
    name: "makes anew what was made for debugging and never ran",
    facts: {
      pod: debugged(),
      runtime: { sandboxes, containers: [ran(main), ran(debug, { state: "CREATED" })] },
      images: images("debug"),
    },
    want: ["removeContainer debug-0"],
  },
  {
    name: "leaves running what was for debugging when its image is changed elsewhere",
    facts: {
      pod: debugged(),
      runtime: { sandboxes, containers: [ran(main), ran({ ...debug, image: "other" })] },
    },
    want: [],
  },
  {
    name: "stops what was for debugging with its pod",
    facts: {
      pod: debugged(),
      runtime: { sandboxes, containers: [ran(main), ran(debug)] },
      ending: deleted(),
    },
    want: ["stopContainer main", "stopContainer debug"],
  },
  {
    name: "lets go of the object last",
    facts: {
      pod: podOf({}),
      runtime: { sandboxes: [{ ...SANDBOX, state: "NOTREADY" }], containers: [ran(main, { state: "EXITED" })] },
      ending: deleted(),
    },
    want: ["release"],
  },
  {
    name: "waits for a start that is under way before it ends a pod",
    facts: {
      pod: podOf({}),
      runtime: { sandboxes, containers: [] },
      busy: new Set(["start:main"]),
      ending: deleted(),
    },
    want: [],
  },
  {
    name: "cleans up what the API no longer has",
    facts: { pod: podOf({}), ending: deleted({ cause: "removed" }) },
    want: ["cleanUp"],
  },
];
for (const { name, facts, want } of CASES) {
  test(`planPod() ${name}`, () => assert.deepEqual(planPod(factsOf(facts)).actions.map(short), want));
}

test("planPod() wakes when a back-off ends, and says what it waits for", () => {
  const failed = ran(main, { state: "EXITED", exitCode: 1, finishedAtMs: NOW_MS - 4_000 });
  const plan = planPod(
    factsOf({
      pod: podOf({}),
      runtime: { sandboxes, containers: [failed] },
      crashes: new Map([["main", { delayMs: 80_000, updatedMs: NOW_MS - 5_000 }]]),
    }),
  );
  assert.equal(plan.wakeAtMs, NOW_MS + 76_000);
  assert.deepEqual(plan.waiting.get("main"), {
    reason: "CrashLoopBackOff",
    message: "back-off 1m20s restarting failed container=main pod=web_default(u1)",
  });
});

test("planPod() gives what is left of the grace period, never less than 2 s", () => {
  for (const [agoMs, graceSeconds] of [
    [0, 30],
    [10_000, 20],
    [60_000, 2],
  ] as const) {
    const runtime = { sandboxes, containers: [ran(main)] };
    const ending = deleted({ startedMs: NOW_MS - agoMs });
    const [stop] = planPod(factsOf({ pod: podOf({}), runtime, ending })).actions;
    assert.equal(stop?.do === "stopContainer" && stop.graceSeconds, graceSeconds);
  }
});

const ATTEMPTS = [
  { name: "counts from 0", containers: [], want: 0 },
  { name: "is one more than the one that ended", containers: [{ ...ran(main), state: "EXITED", attempt: 1 }], want: 2 },
  {
    name: "takes the number of one that never ran",
    containers: [{ ...ran(main), state: "CREATED", attempt: 1 }],
    want: 1,
  },
] as const;
for (const { name, containers, want } of ATTEMPTS) {
  test(`nextAttempt() ${name}`, () => {
    assert.equal(nextAttempt(factsOf({ pod: podOf({}), runtime: { sandboxes, containers } }), "main"), want);
  });
}
