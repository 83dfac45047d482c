import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { ExecSession } from "#base/streams.ts";
import type { ContainerConfig, SandboxConfig } from "./runtime_config.ts";
import { PROGRAMS, type ProgramName } from "./runtime_programs_suite.ts";
import type { ContainerStatus, Runtime, RuntimeEvent } from "./runtime.ts";

/** One implementation under test. */
export interface SuiteRuntime {
  readonly runtime: Runtime;
  /** Holds the pods' logs. */
  readonly directory: string;
  /** A present image that `suiteFakeImage` describes: a shell, cat, sleep, nc. */
  readonly image: string;
  readonly cgroupParent: string;
  /** The text of a log so far; empty when it is not there. */
  readLog(path: string): Promise<string>;
  close(): Promise<void>;
}

interface SuitePod {
  readonly sandboxId: string;
  readonly id: string;
  readonly sandbox: SandboxConfig;
  /** Every event since the sandbox was asked for. */
  readonly events: RuntimeEvent[];
}

let pods = 0;

export function podConfig(suite: SuiteRuntime): SandboxConfig {
  const uid = `uid-${++pods}`;
  return {
    name: `pod-${pods}`,
    uid,
    namespace: "default",
    attempt: 0,
    hostname: `pod-${pods}`,
    logDirectory: `${suite.directory}/logs/${uid}`,
    dns: { servers: ["10.96.0.10"], searches: ["svc.cluster.local"], options: ["ndots:5"] },
    labels: { app: uid },
    annotations: { note: "kept" },
    cgroupParent: `${suite.cgroupParent}/${uid}`,
    namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
  };
}

export function containerConfig(
  suite: SuiteRuntime,
  program: ProgramName,
  more: Partial<ContainerConfig> = {},
): ContainerConfig {
  return {
    name: "main",
    attempt: 0,
    image: suite.image,
    command: ["sh", "-c", PROGRAMS[program][0]],
    args: [],
    workingDir: "",
    envs: [{ name: "GREETING", value: "hello" }],
    mounts: [],
    labels: { role: "main" },
    annotations: {},
    logPath: "main/0.log",
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: { cpuShares: 102, memoryLimitBytes: 64 << 20 },
    security: {},
    namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
    ...more,
  };
}

/** Runs `body` with a pod of one created container; it is taken away afterwards. */
export async function withPod(
  suite: SuiteRuntime,
  program: ProgramName,
  body: (pod: SuitePod) => Promise<void>,
  more: Partial<ContainerConfig> = {},
): Promise<void> {
  const sandbox = podConfig(suite);
  const events: RuntimeEvent[] = [];
  const unsubscribe = suite.runtime.subscribe((event) => events.push(event));
  const sandboxId = await suite.runtime.runSandbox(sandbox);
  try {
    const id = await suite.runtime.createContainer(sandboxId, containerConfig(suite, program, more), sandbox);
    await body({ sandboxId, id, sandbox, events });
  } finally {
    unsubscribe();
    await suite.runtime.removeSandbox(sandboxId);
  }
}

/** As `withPod`, with the container started and, if its program says so, ready. */
export async function withRunning(
  suite: SuiteRuntime,
  program: ProgramName,
  body: (pod: SuitePod) => Promise<void>,
  more: Partial<ContainerConfig> = {},
): Promise<void> {
  await withPod(
    suite,
    program,
    async (pod) => {
      await suite.runtime.startContainer(pod.id);
      if (PROGRAMS[program][0].includes("echo ready")) {
        await logged(suite, `${pod.sandbox.logDirectory}/main/0.log`, "ready");
      }
      await body(pod);
    },
    more,
  );
}

/** Waits until the log holds `text`. */
export async function logged(suite: SuiteRuntime, path: string, text: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if ((await suite.readLog(path)).includes(text)) return;
    await delay(10);
  }
  assert.fail(`${path} never held "${text}"`);
}

/** Starts something that makes the container end; resolves with its status as the event of its end finds it. */
export async function ended(suite: SuiteRuntime, id: string, begin: () => Promise<unknown>): Promise<ContainerStatus> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = suite.runtime.subscribe((event) => {
    if (event.kind === "exited" && event.id === id) resolve();
  });
  await begin();
  await promise;
  unsubscribe();
  return suite.runtime.containerStatus(id);
}

interface RecordedSession extends ExecSession {
  readonly output: () => { stdout: string; stderr: string };
  readonly abort: () => void;
}

/** A client's side of an exec or attach that types `input`, then ends stdin, and records what comes back. */
export function recordedSession(input?: readonly string[]): RecordedSession {
  const controller = new AbortController();
  const collected = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    async write(chunk: Uint8Array) {
      collected[name] += new TextDecoder().decode(chunk);
    },
    end() {},
  });
  async function* typed(lines: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const line of lines) yield new TextEncoder().encode(line);
  }
  return {
    ...(input && { stdin: typed(input) }),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    signal: controller.signal,
    finish: async () => {},
    output: () => collected,
    abort: () => controller.abort(),
  };
}
