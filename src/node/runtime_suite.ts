import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ExecTimeout, NotFound, RuntimeFailure, StartError } from "./runtime_errors.ts";
import {
  containerConfig,
  ended,
  podConfig,
  recordedSession,
  withPod,
  withRunning,
  type SuiteRuntime,
} from "./runtime_pod_suite.ts";

/** One contract, every implementation: call it in a test file with a way to make the runtime. */
export function testRuntime(name: string, make: () => Promise<SuiteRuntime>): void {
  describe(name, () => {
    let suite: SuiteRuntime;
    before(async () => {
      suite = await make();
    });
    after(() => suite?.close());
    sandboxCases(() => suite);
    containerCases(() => suite);
    stopCases(() => suite);
    commandCases(() => suite);
    streamCases(() => suite);
    imageCases(() => suite);
  });
}

function sandboxCases(suite: () => SuiteRuntime): void {
  test("a sandbox is ready with an address, listed with its labels, and goes when told", async () => {
    const { runtime } = suite();
    const config = podConfig(suite());
    const id = await runtime.runSandbox(config);
    const status = await runtime.sandboxStatus(id);
    assert.equal(status.state, "READY");
    assert.match(status.ip ?? "", /^\d+\.\d+\.\d+\.\d+$/);
    assert.match(status.netnsPath ?? "", /netns/);
    const listed = (await runtime.listSandboxes()).find((sandbox) => sandbox.id === id);
    assert.deepEqual({ ...listed?.labels }, config.labels);
    assert.deepEqual({ ...listed?.annotations }, config.annotations);
    assert.deepEqual([listed?.name, listed?.uid, listed?.attempt], [config.name, config.uid, 0]);
    assert.ok(Math.abs(Date.now() - (listed?.createdAtMs ?? 0)) < 60_000);
    await runtime.stopSandbox(id);
    await runtime.stopSandbox(id);
    assert.equal((await runtime.sandboxStatus(id)).state, "NOTREADY");
    await runtime.removeSandbox(id);
    await runtime.removeSandbox(id);
    await assert.rejects(runtime.sandboxStatus(id), NotFound);
  });

  test("what does not exist is not found, and taking it away is no error", async () => {
    const { runtime } = suite();
    const id = "0".repeat(64);
    await assert.rejects(runtime.containerStatus(id), NotFound);
    await assert.rejects(runtime.sandboxStatus(id), NotFound);
    await assert.rejects(runtime.startContainer(id), NotFound);
    await runtime.stopContainer(id, 1);
    await runtime.removeContainer(id);
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
  });

  test("removing a sandbox removes what runs in it", async () => {
    let id = "";
    await withRunning(suite(), "forever", async (pod) => {
      id = pod.id;
    });
    await assert.rejects(suite().runtime.containerStatus(id), NotFound);
  });
}

function containerCases(suite: () => SuiteRuntime): void {
  const cases = [
    { program: "succeeds", exitCode: 0, reason: "Completed" },
    { program: "fails", exitCode: 3, reason: "Error" },
  ] as const;
  for (const { program, exitCode, reason } of cases) {
    test(`a container that ends with ${exitCode} is created, running, exited: ${reason}`, async () => {
      const { runtime } = suite();
      await withPod(suite(), program, async ({ id, sandboxId, events }) => {
        const created = await runtime.containerStatus(id);
        assert.deepEqual([created.state, created.exitCode, created.startedAtMs], ["CREATED", undefined, undefined]);
        const listed = (await runtime.listContainers()).find((container) => container.id === id);
        assert.deepEqual([listed?.sandboxId, listed?.name, listed?.labels["role"]], [sandboxId, "main", "main"]);
        const status = await ended(suite(), id, () => runtime.startContainer(id));
        assert.deepEqual([status.state, status.exitCode, status.reason], ["EXITED", exitCode, reason]);
        assert.ok((status.finishedAtMs ?? 0) >= (status.startedAtMs ?? Infinity));
        assert.match(status.imageId, /^sha256:[0-9a-f]{64}$/);
        const own = events.flatMap((event) => (event.kind !== "missed" && event.id === id ? [event.kind] : []));
        assert.deepEqual(own, ["started", "exited"]);
      });
    });
  }

  test("what a container prints is in its log, with time, stream and environment", async () => {
    await withPod(suite(), "prints", async ({ id, sandbox }) => {
      const status = await ended(suite(), id, () => suite().runtime.startContainer(id));
      assert.equal(status.logPath, `${sandbox.logDirectory}/main/0.log`);
      const lines = (await suite().readLog(status.logPath)).trim().split("\n");
      const texts = lines.map((line) => line.slice(line.indexOf(" ") + 1)).sort();
      assert.deepEqual(texts, ["stderr F oops", "stdout F hello"]);
      for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) /);
    });
  });

  test("a container of an image that is not there is refused", async () => {
    const { runtime } = suite();
    const sandbox = podConfig(suite());
    const sandboxId = await runtime.runSandbox(sandbox);
    const config = containerConfig(suite(), "forever", { image: "knarr.local/nothing:1" });
    await assert.rejects(runtime.createContainer(sandboxId, config, sandbox), NotFound);
    await runtime.removeSandbox(sandboxId);
  });

  test("stats are given for what runs", async () => {
    await withRunning(suite(), "forever", async ({ id }) => {
      const stats = (await suite().runtime.containerStats()).find((each) => each.containerId === id);
      assert.ok((stats?.memoryWorkingSetBytes ?? 0) > 0);
      assert.ok((stats?.cpuNanoseconds ?? -1n) >= 0n);
      assert.ok((stats?.timestampMs ?? 0) > 0);
    });
  });
}

function stopCases(suite: () => SuiteRuntime): void {
  const cases = [
    { program: "forever", timeoutSeconds: 10, exitCode: 0 },
    { program: "drains", timeoutSeconds: 10, exitCode: 7 },
    { program: "stubborn", timeoutSeconds: 1, exitCode: 137 },
    { program: "forever", timeoutSeconds: 0, exitCode: 137 },
  ] as const;
  for (const { program, timeoutSeconds, exitCode } of cases) {
    test(`stopping "${program}" within ${timeoutSeconds} s ends it with ${exitCode}`, async () => {
      const { runtime } = suite();
      await withRunning(suite(), program, async ({ id }) => {
        assert.equal((await runtime.containerStatus(id)).state, "RUNNING");
        const status = await ended(suite(), id, () => runtime.stopContainer(id, timeoutSeconds));
        assert.deepEqual([status.state, status.exitCode], ["EXITED", exitCode]);
        await runtime.stopContainer(id, timeoutSeconds);
        await runtime.removeContainer(id);
        await assert.rejects(runtime.containerStatus(id), NotFound);
      });
    });
  }
}

function commandCases(suite: () => SuiteRuntime): void {
  test("a command gives its output and exit code, is not found, or is out of time", async () => {
    const { runtime } = suite();
    await withRunning(suite(), "forever", async ({ id }) => {
      const result = await runtime.execSync(id, ["sh", "-c", "echo out; echo err >&2; exit 5"], 10_000);
      const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
      assert.deepEqual([result.exitCode, text(result.stdout), text(result.stderr)], [5, "out\n", "err\n"]);
      await assert.rejects(runtime.execSync(id, ["no-such-command"], 10_000), (error: unknown) => {
        assert.ok(error instanceof StartError);
        assert.match(error.message, /exec: "no-such-command": executable file not found in \$PATH/);
        return true;
      });
      await assert.rejects(runtime.execSync(id, ["sleep", "60"], 1_000), ExecTimeout);
    });
  });

  test("a command runs with the session's streams and ends when its input does", async () => {
    const { runtime } = suite();
    await withRunning(suite(), "forever", async ({ id }) => {
      const large = "x".repeat(200_000);
      const echo = recordedSession(["one\n", large, "\ntwo\n"]);
      assert.equal(await runtime.exec(id, ["cat"], echo, { tty: false }), 0);
      assert.equal(echo.output().stdout, `one\n${large}\ntwo\n`);
      const fails = recordedSession();
      const script = "echo out; echo err >&2; exit 5";
      assert.equal(await runtime.exec(id, ["sh", "-c", script], fails, { tty: false }), 5);
      assert.deepEqual(fails.output(), { stdout: "out\n", stderr: "err\n" });
      await assert.rejects(runtime.exec(id, ["no-such-command"], recordedSession(), { tty: false }), StartError);
    });
  });

  test("a command cannot run in a container that has ended", async () => {
    const { runtime } = suite();
    await withPod(suite(), "succeeds", async ({ id }) => {
      await ended(suite(), id, () => runtime.startContainer(id));
      await assert.rejects(runtime.exec(id, ["cat"], recordedSession(), { tty: false }), RuntimeFailure);
      await assert.rejects(runtime.execSync(id, ["cat"], 1_000), RuntimeFailure);
    });
  });
}

function streamCases(suite: () => SuiteRuntime): void {
  test("an attached client types to the container and reads what it prints", async () => {
    const { runtime } = suite();
    const interactive = { stdin: true, stdinOnce: true };
    await withPod(
      suite(),
      "answers",
      async ({ id }) => {
        await runtime.startContainer(id);
        const session = recordedSession(["name\n"]);
        await runtime.attach(id, session, { stdin: true, tty: false });
        assert.equal(session.output().stdout, "got name\n");
      },
      interactive,
    );
  });

  test("an attached client that leaves does not disturb the container", async () => {
    const { runtime } = suite();
    await withRunning(suite(), "forever", async ({ id }) => {
      const session = recordedSession();
      const attached = runtime.attach(id, session, { stdin: false, tty: false });
      setImmediate(session.abort);
      await attached;
      assert.equal((await runtime.containerStatus(id)).state, "RUNNING");
    });
  });

  test("a forwarded port carries bytes both ways, and one nobody listens on is refused", async () => {
    const { runtime } = suite();
    await withRunning(suite(), "listens", async ({ sandboxId }) => {
      const stream = await runtime.portForward(sandboxId, 7007);
      await stream.write(new TextEncoder().encode("ping"));
      for await (const chunk of stream.incoming) {
        assert.equal(new TextDecoder().decode(chunk), "ping");
        break;
      }
      stream.destroy();
      await assert.rejects(async () => {
        const refused = await runtime.portForward(sandboxId, 7999);
        for await (const _ of refused.incoming);
      }, /refused/);
    });
  });
}

function imageCases(suite: () => SuiteRuntime): void {
  test("a present image is found by reference and by id, an absent one is not", async () => {
    const { runtime, image } = suite();
    const status = await runtime.imageStatus(image);
    assert.ok(status !== undefined);
    assert.ok(status.tags.includes(image));
    assert.ok(status.sizeBytes > 0);
    assert.equal((await runtime.imageStatus(status.id))?.id, status.id);
    assert.ok((await runtime.listImages()).some((each) => each.id === status.id));
    assert.equal(await runtime.imageStatus("knarr.local/nothing:1"), undefined);
    await runtime.removeImage("knarr.local/nothing:1");
  });

  test("a name that is none cannot be pulled", async () => {
    await assert.rejects(suite().runtime.pullImage("Not A Name"), { name: "ImagePullError", kind: "invalidName" });
  });

  test("the runtime says who it is and that it is ready", async () => {
    const { runtime } = suite();
    assert.match((await runtime.version()).version, /^\d+\.\d+/);
    const conditions = await runtime.conditions();
    assert.deepEqual(
      conditions.map(({ type, status }) => [type, status]),
      [
        ["RuntimeReady", true],
        ["NetworkReady", true],
      ],
    );
  });
}
