import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { freePort, type Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import type { Kubectl } from "../kubectl.ts";
import { FOREVER, pod, server, shell } from "../objects.ts";
import { run } from "../run.ts";
import { until } from "../until.ts";

const TALKER = `echo first; echo second; echo aside >&2; ${FOREVER}`;

/** Reads a line every time one comes, and says it back. */
const ECHO = "echo ready; while read -r line; do echo got $line; done; echo closed";

/** A shell command line that runs kubectl with these arguments. */
function commandLine(kubectl: Kubectl, args: string): string {
  return [kubectl.program, ...kubectl.argv([]), args].join(" ");
}

function steps(cluster: Cluster, kubectl: Kubectl): void {
  test("pods to talk to", async () => {
    await cluster.namespace(kubectl.namespace);
    await kubectl.apply(
      pod("talker", shell(TALKER), { containers: [shell(TALKER), shell(FOREVER, { name: "side" })] }),
      pod("web", server()),
      pod("echo", shell(ECHO, { stdin: true, stdinOnce: false })),
    );
    await kubectl.ok("wait --for=condition=Ready pod/talker pod/web pod/echo --timeout=60s");
  });

  test("S43: exec runs a command, keeps its two outputs apart and hands on its exit code", async () => {
    const exec = ["exec", "talker", "-c", "main", "--", "sh", "-c"];
    const both = await kubectl.run([...exec, "echo out; echo err >&2; exit 7"]);
    assert.equal(both.stdout, "out\n");
    assert.equal(both.stderr, "err\ncommand terminated with exit code 7\n");
    assert.equal(both.code, 7);
    assert.equal((await kubectl.run([...exec, "true"])).code, 0);
    const missing = await kubectl.fails(["exec", "talker", "-c", "main", "--", "no-such-program"]);
    assert.match(missing, /no-such-program/);
  });

  test("exec -i ends when its input ends, and nothing of a long stream is lost", async () => {
    const stdin = "0123456789abcdef\n".repeat(60_000);
    const count = await kubectl.ok(["exec", "-i", "talker", "-c", "main", "--", "wc", "-c"], {
      stdin,
      timeoutMs: 30_000,
    });
    assert.equal(Number(count), stdin.length);
    const back = await kubectl.ok(["exec", "-i", "talker", "-c", "main", "--", "cat"], { stdin, timeoutMs: 30_000 });
    assert.ok(back === stdin, `${back.length} of ${stdin.length} bytes came back`);
  });

  test("exec names the container it takes, and refuses one that is not there", async () => {
    const { stdout, stderr } = await kubectl.run("exec talker -- echo hi");
    assert.equal(stdout, "hi\n");
    assert.match(stderr, /^(Defaulted container "main" out of: main, side|Defaulting container name to main\.)\n/);
    const refused = await kubectl.fails("exec talker -c nobody -- true");
    assert.match(refused, /container nobody is not valid for pod talker/);
    assert.match(await kubectl.fails("exec nobody -- true"), /\(NotFound\): pods "nobody" not found/);
  });

  test("S43: exec -it has a terminal of the caller's size", async () => {
    const inner = commandLine(
      kubectl,
      "exec -it talker -c main -- sh -c 'tty; until stty size 2>/dev/null | grep 33; do :; done; exit 4'",
    );
    const command = `stty rows 33 cols 101; ${inner}; echo code $?`;
    const { stdout } = await run("script", ["-qec", command, "/dev/null"], { env: { ...kubectl.env, TERM: "xterm" } });
    assert.match(stdout, /\/dev\/pts\/\d+\r\n[^]*33 101\r\n/);
    assert.match(stdout, /code 4\r\n/);
  });

  test("attach joins the main process: its output, and its input", async () => {
    const child = kubectl.start("attach -i echo");
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await until("the attached process answers", () => {
      child.stdin.write("hello\n");
      return text.includes("got hello\n");
    });
    child.kill("SIGKILL");
    await once(child, "close");
    assert.match(await kubectl.ok("logs echo"), /^ready\ngot hello\n/);
    assert.equal(await kubectl.ok("get pod echo -o jsonpath={.status.containerStatuses[0].restartCount}"), "0");
  });

  test("run --rm -i starts a pod, feeds it, prints what it says and removes it", async () => {
    const args = ["run", "once", "--rm", "-i", "--restart=Never", "--image=080196/hello-app:v1", "--", "cat"];
    const { stdout, code, stderr } = await kubectl.run(args, { stdin: "through\n", timeoutMs: 60_000 });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /through\n/);
    assert.match(stdout, /pod "once" deleted/);
  });

  test("S36: logs of each container, the last lines, since a time, with times, and of an earlier run", async () => {
    assert.match(
      await kubectl.ok("logs talker -c main"),
      /^first\nsecond\naside\n$|^first\naside\nsecond\n$|^aside\nfirst\nsecond\n$/,
    );
    assert.equal(await kubectl.ok("logs talker -c side"), "");
    assert.equal((await kubectl.ok("logs talker -c main --tail=1")).trim().split("\n").length, 1);
    assert.equal(await kubectl.ok("logs talker -c main --tail=0"), "");
    assert.match(
      await kubectl.ok("logs talker -c main --timestamps --tail=1"),
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /,
    );
    assert.notEqual(await kubectl.ok("logs talker -c main --since=10m"), "");
    assert.match(await kubectl.ok("logs talker --all-containers --prefix"), /^\[pod\/talker\/main\] /m);
    assert.equal((await kubectl.ok("logs talker -c main --limit-bytes=3")).length, 3);
    assert.match(
      await kubectl.fails("logs talker -c main --previous"),
      /previous terminated container "main" in pod "talker" not found/,
    );
    assert.match(await kubectl.fails("logs talker -c nobody"), /container nobody is not valid for pod talker/);
  });

  test("logs --previous shows the run that ended", async () => {
    const script = `if [ -e /keep/been ]; then echo second run; ${FOREVER}; else touch /keep/been; echo first run; exit 1; fi`;
    const mounts = { volumeMounts: [{ name: "keep", mountPath: "/keep" }] };
    await kubectl.apply(pod("twice", shell(script, mounts), { volumes: [{ name: "keep", emptyDir: {} }] }));
    await kubectl.awaitField("pod/twice", "{.status.containerStatuses[0].restartCount}", "1", 60);
    await kubectl.ok("wait --for=condition=Ready pod/twice --timeout=60s");
    assert.equal(await kubectl.ok("logs twice"), "second run\n");
    assert.equal(await kubectl.ok("logs twice --previous"), "first run\n");
  });

  test("logs -f follows until the container ends", async () => {
    const spec = { restartPolicy: "Never" };
    await kubectl.apply(pod("counting", shell("for i in 1 2 3 4; do echo line $i; sleep 0.5; done"), spec));
    await kubectl.awaitField("pod/counting", "{.status.phase}", "Running", 30);
    assert.equal(await kubectl.ok("logs -f counting", { timeoutMs: 20_000 }), "line 1\nline 2\nline 3\nline 4\n");
    await kubectl.awaitField("pod/counting", "{.status.phase}", "Succeeded", 30);
    assert.match(await kubectl.ok("get pod counting"), / 0\/1 +Completed +0 /);
  });

  test("port-forward carries many connections, one after another and at once", async () => {
    const port = await freePort();
    const child = kubectl.start(`port-forward pod/web ${port}:3000`);
    let told = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (told += chunk));
    await until("it listens", () => told.includes(`Forwarding from 127.0.0.1:${port} -> 3000`));
    for (let i = 0; i < 5; i++) assert.equal((await httpGet(`http://127.0.0.1:${port}`)).body, "v1 web\n");
    const answers = await Promise.all(Array.from({ length: 20 }, () => httpGet(`http://127.0.0.1:${port}`)));
    assert.ok(answers.every(({ body }) => body === "v1 web\n"));
    child.kill("SIGINT");
    await once(child, "close");
  });

  test("port-forward to a port nobody listens on says so", async () => {
    const port = await freePort();
    const child = kubectl.start(`port-forward pod/web ${port}:9`);
    let told = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (told += chunk));
    }
    await until("it listens", () => told.includes("Forwarding from"));
    await assert.rejects(httpGet(`http://127.0.0.1:${port}`));
    await until("it says why", () => /an error occurred forwarding \d+ -> 9: .*connection refused/.test(told));
    child.kill("SIGKILL");
    await once(child, "close");
  });

  test("cp brings files there and back", async () => {
    const file = `${cluster.directory}/${kubectl.namespace}-copied`;
    writeFileSync(file, "some text\n".repeat(1000));
    const { code, stderr } = await kubectl.run(["cp", file, "talker:/tmp/copied", "-c", "main"]);
    assert.equal(code, 0, stderr);
    await kubectl.ok(["cp", "talker:/tmp/copied", `${file}.back`, "-c", "main"]);
    assert.deepEqual(readFileSync(`${file}.back`), readFileSync(file));
  });
}

/** Sessions with a pod, with every kubectl: older ones speak SPDY, newer ones WebSocket. */
export function sessions(cluster: Cluster, kubectls: readonly Kubectl[]): void {
  for (const [i, kubectl] of kubectls.entries()) {
    describe(`sessions with ${basename(kubectl.program)}`, { concurrency: 1 }, () =>
      steps(cluster, kubectl.in(`sessions-${i}`)),
    );
  }
}
