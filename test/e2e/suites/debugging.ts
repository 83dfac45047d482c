import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { sendEphemeral, withEphemeral, type DebuggedPod } from "../ephemeral.ts";
import type { Kubectl } from "../kubectl.ts";
import { FOREVER, pod, server, shell } from "../objects.ts";
import { until } from "../until.ts";

/** The first minor version of kubectl that adds ephemeral containers as the API takes them today. */
const ADDS_EPHEMERAL_CONTAINERS = 22;
/** The first whose `debug` knows all profiles. */
const KNOWS_PROFILES = 30;

/** Ready until somebody types a line; then shows what it sees and ends. */
const LOOK = "until read -t 1 line; do echo ready; done; echo got $line; tty; ps -o args; exit 3";

/** Capabilities that each profile of `kubectl debug` gives; `restricted` lets nobody be root. */
const PROFILES = {
  general: ["SYS_PTRACE"],
  baseline: [],
  netadmin: ["NET_ADMIN", "NET_RAW"],
  sysadmin: ["SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN"],
} as const;
const CAPABILITY_BITS = { NET_ADMIN: 12, NET_RAW: 13, SYS_PTRACE: 19, SYS_ADMIN: 21 } as const;

function steps(kubectl: Kubectl, cluster: Cluster): void {
  const podOf = (name: string) => kubectl.json<DebuggedPod>(`get pod ${name}`);
  const statusOf = async (name: string, container: string) =>
    (await podOf(name)).status.ephemeralContainerStatuses?.find((each) => each.name === container);
  const add = async (name: string, container: object) => {
    for (;;) {
      const stdin = await withEphemeral(kubectl, name, container);
      const { code, stdout, stderr } = await kubectl.run(sendEphemeral(kubectl, name), { stdin });
      if (code === 0) return stdout;
      // The agent may have reported on the pod since it was read: then it is read again.
      assert.match(stderr, /\(Conflict\)/);
    }
  };
  const refuses = async (name: string, container: object) =>
    kubectl.fails(sendEphemeral(kubectl, name), { stdin: await withEphemeral(kubectl, name, container) });
  const isTooOld = async (t: TestContext, minor: number) => {
    if ((await kubectl.minor()) >= minor) return false;
    t.skip("this kubectl cannot say it");
    return true;
  };

  /** Runs a command in a terminal, types a line once it is ready, and gives what was shown. */
  const converse = async (args: string): Promise<string> => {
    const command = [kubectl.program, ...kubectl.argv([]), args].join(" ");
    const child = spawn("script", ["-qec", command, "/dev/null"], { env: { ...kubectl.env, TERM: "xterm" } });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    let isOver = false;
    child.once("close", () => (isOver = true));
    try {
      await until("it is ready", () => shown.includes("ready"));
      child.stdin.write("hello\n");
      await until("the session is over", () => isOver);
    } finally {
      child.kill("SIGKILL");
    }
    return shown;
  };

  test("a pod to look at", async () => {
    await cluster.namespace(kubectl.namespace);
    await kubectl.apply(pod("web", server()));
    await kubectl.ok("wait --for=condition=Ready pod/web --timeout=60s");
  });

  test("debug -it joins a running container's processes, and says how it ended", async (t) => {
    if (await isTooOld(t, ADDS_EPHEMERAL_CONTAINERS)) return;
    const shown = await converse(`debug web -it -c looking --image=${IMAGE.v1} --target=server -- sh -c '${LOOK}'`);
    assert.match(shown, /got hello\r\n\/dev\/pts\/\d+\r\n/);
    assert.match(shown, /httpd -f -p 3000/, "its target's process");
    await until("its end is known", async () => (await statusOf("web", "looking"))?.state.terminated?.exitCode === 3);
  });

  test("what was added is no part of the pod's state, and is described and logged", async () => {
    await add("web", { name: "short", image: IMAGE.v1, command: ["sh", "-c", "echo looked; exit 4"] });
    await until("its end is known", async () => (await statusOf("web", "short"))?.state.terminated?.exitCode === 4);
    const { status } = await podOf("web");
    assert.equal(status.phase, "Running");
    assert.equal(status.containerStatuses?.[0]?.restartCount, 0);
    assert.match(await kubectl.ok("get pod web"), /^web\s+1\/1\s+Running\s+0\s/m);
    const shown = await statusOf("web", "short");
    assert.deepEqual([shown?.restartCount, shown?.ready, shown?.lastState], [0, false, {}]);
    assert.equal(await kubectl.ok("logs web -c short"), "looked\n");
    assert.match(await kubectl.ok("describe pod web"), /Ephemeral Containers:\n(.*\n)*  short:\n(.*\n)*Conditions:/);
  });

  test("exec, attach and logs go to what was added", async () => {
    const container = { image: IMAGE.v1, targetContainerName: "server" };
    await add("web", { ...container, name: "typed", command: ["sh", "-c", LOOK], stdin: true, tty: true });
    await until("it runs", async () => (await statusOf("web", "typed"))?.state.running !== undefined);
    assert.equal(
      await kubectl.ok("exec web -c typed -- cat /proc/1/comm"),
      await kubectl.ok("exec web -- cat /proc/1/comm"),
    );
    await until("it has said so", async () => /ready/.test(await kubectl.ok("logs web -c typed")));
    const shown = await converse("attach web -c typed -it");
    assert.match(shown, /got hello\r\n\/dev\/pts\/\d+\r\n/);
    assert.match(await kubectl.ok("logs web -c typed"), /got hello/);
  });

  test("what was added stays as it is, and is only for looking", async () => {
    const { metadata, spec } = await podOf("web");
    const late = { name: "late", image: IMAGE.v1 };
    assert.match(
      await refuses("web", { ...late, targetContainerName: "nobody" }),
      /spec\.ephemeralContainers\[\d+\]\.targetContainerName: Not found: "nobody"/,
    );
    assert.match(
      await refuses("web", { ...late, ports: [{ containerPort: 80, protocol: "TCP" }] }),
      /spec\.ephemeralContainers\[\d+\]\.ports: Forbidden: cannot be set for an Ephemeral Container/,
    );
    assert.match(
      await refuses("web", { ...late, name: "server" }),
      /spec\.ephemeralContainers\[\d+\]\.name: Duplicate value: "server"/,
    );
    const none = JSON.stringify({ ...(await podOf("web")), spec: { ...spec, ephemeralContainers: [] } });
    assert.match(
      await kubectl.fails(sendEphemeral(kubectl, "web"), { stdin: none }),
      /existing ephemeral containers "\w+" may not be removed/,
    );
    assert.equal((await podOf("web")).metadata.generation, metadata.generation, "nothing has changed");
  });

  test("debug gives the privileges of each profile", async (t) => {
    if (await isTooOld(t, KNOWS_PROFILES)) return;
    const debug = (name: string, profile: string, script: string) => {
      const line = `debug web -c ${name} --image=${IMAGE.v1} --target=server --profile=${profile} -- sh -c`;
      return kubectl.ok([...line.split(" "), script]);
    };
    for (const [profile, capabilities] of Object.entries(PROFILES)) {
      const name = `as-${profile}`;
      await debug(name, profile, "ls /proc/1/root/tmp/www && grep CapEff /proc/self/status");
      await until(`${profile} has ended`, async () => (await statusOf("web", name))?.state.terminated?.exitCode === 0);
      const [seen, , mask] = (await kubectl.ok(`logs web -c ${name}`)).split(/\s+/);
      assert.equal(seen, "index.html", "its target's files");
      const bits = BigInt(`0x${mask}`);
      for (const each of capabilities)
        assert.ok((bits >> BigInt(CAPABILITY_BITS[each])) & 1n, `${profile} has ${each}`);
      const isMighty = ((bits >> BigInt(CAPABILITY_BITS.SYS_ADMIN)) & 1n) === 1n;
      assert.equal(isMighty, profile === "sysadmin", profile);
    }
    await debug("as-restricted", "restricted", "id");
    await until("root is refused", async () => {
      const waiting = (await statusOf("web", "as-restricted"))?.state.waiting;
      return waiting?.reason === "CreateContainerConfigError" && /will run as root/.test(waiting.message ?? "");
    });
  });

  test("debug --copy-to makes a pod beside it, with another image and its processes shared", async () => {
    await kubectl.ok(["debug", "web", "--copy-to=copy", `--set-image=*=${IMAGE.v2}`, "--share-processes"]);
    await kubectl.ok("wait --for=condition=Ready pod/copy --timeout=60s");
    const copy = await podOf("copy");
    assert.equal(copy.spec.containers[0]?.image, IMAGE.v2);
    assert.equal(copy.spec.ephemeralContainers, undefined);
    assert.match(await kubectl.ok("exec copy -- ps -o args"), /pause/, "the pod's first process");
  });

  test("debug node/NODE sees the node's files, processes and network", async () => {
    const node = await kubectl.ok("get pod web -o jsonpath={.spec.nodeName}");
    const script = "test -d /host/proc/1 && test -d /host/etc && echo files; grep -c . /proc/net/route; sleep 1000000";
    await kubectl.ok(["debug", `node/${node}`, `--image=${IMAGE.v1}`, "--", "sh", "-c", script]);
    const names = await kubectl.ok("get pods -o name");
    const debuggerPod = /^pod\/node-debugger-\S+$/m.exec(names)?.[0] ?? "";
    await kubectl.ok(`wait --for=condition=Ready ${debuggerPod} --timeout=60s`);
    await until("it has looked", async () => /^files\n\d+\n$/.test(await kubectl.ok(`logs ${debuggerPod}`)));
    const processes = await kubectl.ok(["exec", debuggerPod, "--", "sh", "-c", "ps -o args | grep -c containerd"]);
    assert.ok(Number(processes) > 1, "the node's processes");
    await kubectl.ok(`delete ${debuggerPod} --grace-period=1 --wait=false`);
  });

  test("what was added ends with its pod", async () => {
    await kubectl.apply(pod("brief", shell("sleep 2"), { restartPolicy: "Never" }));
    await kubectl.awaitField("pod/brief", "{.status.phase}", "Running", 60);
    await add("brief", { name: "stays", image: IMAGE.v1, command: ["sh", "-c", FOREVER] });
    await kubectl.awaitField("pod/brief", "{.status.phase}", "Succeeded", 60);
    await until("it has ended", async () => (await statusOf("brief", "stays"))?.state.terminated !== undefined);
    await kubectl.ok("delete pod web copy brief --wait=false");
  });
}

/** Looking into what runs: ephemeral containers, copies of pods, and nodes. */
export function debugging(cluster: Cluster, kubectls: readonly Kubectl[]): void {
  for (const [i, kubectl] of kubectls.entries()) {
    describe(`debugging with ${basename(kubectl.program)}`, { concurrency: 1 }, () =>
      steps(kubectl.in(`debugging-${i}`), cluster),
    );
  }
}
