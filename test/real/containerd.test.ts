import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { Containerd } from "#node/containerd.ts";
import { purgeContainerd } from "#node/containerd_purge.ts";
import { unshareNamespaces } from "#node/netns_directory.ts";
import { NotFound, RuntimeUnavailable } from "#node/runtime_errors.ts";
import { containerConfig, podConfig, recordedSession, withPod, withRunning } from "#node/runtime_pod_suite.ts";
import { nodeFiles } from "#sys/files.ts";
import { findProcesses, mustRun, processGone, runCommand, signalProcess } from "#sys/process.ts";
import { privateContainerd, whyNoContainers } from "./private_containerd.ts";
import { toolboxArchive } from "./toolbox_image.ts";

const skip = await whyNoContainers();
const doors = { run: runCommand, files: nodeFiles, clock: realClock, log: silentLog };

describe("a private containerd", { skip: skip ?? false }, () => {
  let node: Awaited<ReturnType<typeof privateContainerd>>;
  before(async () => {
    node = await privateContainerd("real", "10.249.9.0/24");
  });
  after(() => node.close());

  test("is adopted, not started again, by whoever comes next", async () => {
    const pid = await node.containerd.pid();
    const next = new Containerd(node.containerd.options, doors);
    assert.deepEqual(await next.start(), { adopted: true });
    assert.equal(await next.pid(), pid);
    await nodeFiles.remove(node.containerd.layout.pidFile);
    assert.equal(await next.pid(), pid, "found without its pid file too");
  });

  test("may be killed: containers go on, and events are reported as missed", async () => {
    await withRunning(node, "forever", async ({ id, events }) => {
      assert.ok(events.some((event) => event.kind === "started" && event.id === id));
      const { promise: missed, resolve: onMissed } = Promise.withResolvers<void>();
      const unsubscribe = node.runtime.subscribe(({ kind }) => kind === "missed" && onMissed());
      const pid = (await node.containerd.pid()) ?? 0;
      signalProcess(pid, "SIGKILL");
      assert.ok(await processGone(pid, 5_000));
      await assert.rejects(node.runtime.listContainers(), RuntimeUnavailable);
      assert.deepEqual(await node.containerd.start(), { adopted: false });
      assert.equal((await node.runtime.containerStatus(id)).state, "RUNNING");
      await missed;
      unsubscribe();
    });
  });

  test("a container is removed with a task that CRI knows nothing of, as a start that was cut off leaves", async () => {
    await withPod(node, "forever", async ({ id }) => {
      const ctr = ["ctr", "--address", node.containerd.layout.socket, "--namespace", "k8s.io"];
      await mustRun(runCommand, [...ctr, "tasks", "start", "--detach", "--null-io", id]);
      assert.equal((await node.runtime.containerStatus(id)).state, "CREATED");
      await node.runtime.removeContainer(id);
      await assert.rejects(node.runtime.containerStatus(id), NotFound);
      assert.ok(!(await mustRun(runCommand, [...ctr, "tasks", "list"])).includes(id));
    });
  });

  test("a command on a terminal sees its size and changes of it", async () => {
    await withRunning(node, "forever", async ({ id }) => {
      const session = recordedSession();
      const { promise: sized, resolve: onSize } = Promise.withResolvers<void>();
      async function* resize() {
        yield { width: 101, height: 37 };
        onSize();
      }
      async function* stdin() {
        await sized;
        yield new TextEncoder().encode("stty size; exit 6\n");
      }
      const exitCode = await node.runtime.exec(
        id,
        ["sh"],
        { ...session, stdin: stdin(), resize: resize() },
        { tty: true },
      );
      assert.equal(exitCode, 6);
      assert.match(session.output().stdout, /37 101\r\n/);
    });
  });

  test("a command is killed when its client goes", async () => {
    await withRunning(node, "forever", async ({ id }) => {
      const session = recordedSession();
      const running = node.runtime.exec(id, ["sh", "-c", "echo up; exec sleep 3600"], session, { tty: false });
      while (session.output().stdout === "") await new Promise(setImmediate);
      session.abort();
      assert.equal(await running, 137);
    });
  });

  test("what listens on the pod's own 127.0.0.1 alone can be forwarded to", async () => {
    await withRunning(node, "forever", async ({ id, sandboxId }) => {
      const server = recordedSession();
      const serving = node.runtime.exec(id, ["httpd", "-f", "-p", "127.0.0.1:7070"], server, { tty: false });
      let text = "";
      for (let attempt = 0; text === "" && attempt < 100; attempt++) {
        const stream = await node.runtime.portForward(sandboxId, 7070);
        await stream.write(new TextEncoder().encode("GET /nothing HTTP/1.0\r\n\r\n"));
        try {
          for await (const chunk of stream.incoming) text += new TextDecoder().decode(chunk);
        } catch (error) {
          assert.match(String(error), /refused/); // The server does not listen yet.
        }
      }
      assert.match(text, /^HTTP\/1\.\d 404 /);
      server.abort();
      await serving;
    });
  });

  test("limits, users and read-only roots are held to", async () => {
    const security = {
      runAsUser: 65534,
      runAsGroup: 65534,
      readonlyRootfs: true,
      noNewPrivileges: true,
      dropCapabilities: ["ALL"],
    };
    await withRunning(
      node,
      "forever",
      async ({ id }) => {
        const script =
          "id -u; touch /x 2>/dev/null || echo sealed; grep CapEff /proc/self/status; ls /proc/acpi 2>&1 | wc -l";
        const { stdout } = await node.runtime.execSync(id, ["sh", "-c", script], 10_000);
        assert.match(new TextDecoder().decode(stdout), /^65534\nsealed\nCapEff:\t0+\n0\n$/);
        await node.runtime.updateResources(id, { memoryLimitBytes: 32 << 20 });
        const path = "memory/memory.limit_in_bytes";
        const { stdout: limit } = await node.runtime.execSync(
          id,
          ["sh", "-c", `cat /sys/fs/cgroup/${path} || cat /sys/fs/cgroup/memory.max`],
          10_000,
        );
        assert.equal(Number(new TextDecoder().decode(limit)), 32 << 20);
      },
      { security, resources: { memoryLimitBytes: 64 << 20 } },
    );
  });

  test("an image loaded under a short name runs under it", async () => {
    const archive = `${node.directory}/short.tar`;
    await nodeFiles.writeFile(archive, (await toolboxArchive("demo:v1")) ?? "");
    assert.deepEqual(await node.runtime.importImage(archive), ["docker.io/library/demo:v1"]);
    const image = await node.runtime.imageStatus("demo:v1");
    assert.ok(image !== undefined);
    assert.ok(image.tags.includes("docker.io/library/demo:v1"));
    await withRunning(node, "forever", async () => {}, { image: image.id });
  });

  test("a registry that cannot be reached is told from a name that is none", async () => {
    await assert.rejects(node.runtime.pullImage("127.0.0.1:9/a:1"), { name: "ImagePullError", kind: "unreachable" });
    await assert.rejects(node.runtime.pullImage("UPPER/a:1"), { name: "ImagePullError", kind: "invalidName" });
  });

  test("a log that was renamed is written anew", async () => {
    await withRunning(
      node,
      "answers",
      async ({ id, sandbox }) => {
        const log = `${sandbox.logDirectory}/main/0.log`;
        await nodeFiles.rename(log, `${log}.old`);
        await node.runtime.reopenLog(id);
        await node.runtime.attach(id, recordedSession(["x\n"]), { stdin: true, tty: false });
        assert.match(await node.readLog(log), /got x/);
      },
      { stdin: true, stdinOnce: true },
    );
  });
});

test(
  "a pod's network namespace goes with it, also when others of the machine were made after it",
  { skip: skip ?? false },
  async () => {
    // As on a machine where `ip netns` was never used, unless others have namespaces now.
    await unshareNamespaces(doors);
    const node = await privateContainerd("first", "10.249.11.0/24");
    const other = "knarr-real-other";
    try {
      const sandboxId = await node.runtime.runSandbox(podConfig(node));
      const { netnsPath = "" } = await node.runtime.sandboxStatus(sandboxId);
      assert.ok(existsSync(netnsPath));
      await mustRun(runCommand, ["ip", "netns", "add", other]);
      await node.runtime.stopSandbox(sandboxId);
      await node.runtime.removeSandbox(sandboxId);
      assert.ok(!existsSync(netnsPath));
    } finally {
      await runCommand(["ip", "netns", "delete", other]);
      await node.close();
    }
  },
);

test(
  "a purge leaves nothing of a node with running pods, even after everything was killed",
  { skip: skip ?? false },
  async () => {
    const node = await privateContainerd("gone", "10.249.10.0/24");
    const sandbox = podConfig(node);
    const sandboxId = await node.runtime.runSandbox(sandbox);
    const id = await node.runtime.createContainer(sandboxId, containerConfig(node, "stubborn"), sandbox);
    await node.runtime.startContainer(id);
    const { netnsPath = "" } = await node.runtime.sandboxStatus(sandboxId);
    assert.ok(existsSync(netnsPath));
    node.runtime.close();
    const { layout, options } = node.containerd;
    signalProcess((await node.containerd.pid()) ?? 0, "SIGKILL");
    await purgeContainerd(node.containerd, doors);
    await purgeContainerd(node.containerd, doors);
    await unshareNamespaces(doors);
    assert.ok(!existsSync(netnsPath));
    assert.ok(!existsSync(options.directory));
    assert.doesNotMatch(await mustRun(runCommand, ["ip", "link"]), new RegExp(layout.bridge));
    assert.doesNotMatch(await nodeFiles.readText("/proc/self/mountinfo"), new RegExp(options.directory));
    assert.deepEqual(
      findProcesses((argv) => argv.some((argument) => argument.includes(options.directory))),
      [],
    );
    const left = await mustRun(runCommand, [
      "find",
      "/sys/fs/cgroup",
      "-maxdepth",
      "2",
      "-name",
      layout.cgroup.slice(1),
    ]);
    assert.equal(left, "");
  },
);
