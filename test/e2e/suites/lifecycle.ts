import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Cluster } from "../cluster.ts";
import { deployment, FOREVER, pod, server, service, shell, type PodView } from "../objects.ts";
import { until } from "../until.ts";

/** How many processes of this machine have these words in their command line. */
function processesWith(words: string): number {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(words);
    } catch {
      return false; // It has ended meanwhile.
    }
  }).length;
}

/** How containers begin and end, as whom they run, and what they share. */
export function lifecycle(cluster: Cluster): void {
  describe("the lives of containers", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("lifecycle");
    const runs = (name: string) => kubectl.ok(`wait --for=condition=Ready pod/${name} --timeout=100s`);
    const inPod = (name: string, script: string, container = "main") =>
      kubectl.ok(["exec", name, "-c", container, "--", "sh", "-c", script]);

    test("a postStart hook comes before ready, a preStop hook before SIGTERM", async () => {
      await cluster.namespace("lifecycle");
      const path = mkdtempSync(join(cluster.directory, "hooks-"));
      const volumes = [{ name: "told", hostPath: { path, type: "Directory" } }];
      const say = (word: string) => ({ exec: { command: ["sh", "-c", `echo ${word} >> /told/lines`] } });
      const container = shell("trap 'echo stopped >> /told/lines; exit 0' TERM; sleep 1000000 & wait", {
        volumeMounts: [{ name: "told", mountPath: "/told" }],
        lifecycle: { postStart: say("started"), preStop: say("stopping") },
      });
      await kubectl.apply(pod("hooked", container, { volumes, terminationGracePeriodSeconds: 60 }));
      await runs("hooked");
      const lines = () => readFileSync(join(path, "lines"), "utf8");
      assert.equal(lines(), "started\n");
      await kubectl.ok("delete pod hooked");
      assert.equal(lines(), "started\nstopping\nstopped\n");
    });

    test("delete --force takes the object at once, and its processes all the same", async () => {
      const marker = "sleep 31415926";
      const running = () => processesWith(marker.replace(" ", "\0"));
      await kubectl.apply(pod("forced", shell(`trap '' TERM; ${marker}`), { terminationGracePeriodSeconds: 2 }));
      await runs("forced");
      await until("it runs", () => running() > 0);
      const { stderr, code } = await kubectl.run("delete pod forced --force --grace-period=0");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Warning: Immediate deletion does not wait for confirmation/i);
      assert.match(await kubectl.fails("get pod forced"), /NotFound/);
      await until("nothing of it runs", () => running() === 0);
    });

    test("S88: a container runs as whom it is told, writes only where it may, and never as root if that is forbidden", async () => {
      const securityContext = { runAsUser: 4321, runAsGroup: 4322, fsGroup: 4323 };
      const container = shell(FOREVER, {
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [{ name: "own", mountPath: "/own" }],
      });
      await kubectl.apply(pod("modest", container, { securityContext, volumes: [{ name: "own", emptyDir: {} }] }));
      await runs("modest");
      assert.equal(await inPod("modest", "id -u; id -g"), "4321\n4322\n");
      assert.equal(await inPod("modest", "echo mine > /own/a; cat /own/a"), "mine\n");
      const refused = await kubectl.fails(["exec", "modest", "--", "touch", "/tmp/a"]);
      assert.match(refused, /Read-only file system/);
      assert.match(
        await inPod("modest", "grep -E 'CapEff|NoNewPrivs' /proc/1/status"),
        /CapEff:\s0{16}\nNoNewPrivs:\s1\n/,
      );
      await kubectl.apply(pod("proud", shell(FOREVER, { securityContext: { runAsNonRoot: true } })));
      const reason = "{.status.containerStatuses[0].state.waiting.reason}";
      await kubectl.awaitField("pod/proud", reason, "CreateContainerConfigError", 100);
      assert.match(
        await kubectl.ok("describe pod proud"),
        /Error: container has runAsNonRoot and image will run as root \(pod: "proud_lifecycle\(\S+\)", container: main\)/,
      );
      await kubectl.ok("delete pod modest proud --wait=false");
    });

    test("containers of a pod share its network, and its processes and its node's network when told to", async () => {
      const containers = [server(), shell(`echo beside; ${FOREVER}`)];
      await kubectl.apply(
        pod("shared", {}, { containers, shareProcessNamespace: true }),
        pod("hosted", shell(FOREVER), { hostNetwork: true }),
      );
      await runs("shared");
      assert.match(await inPod("shared", "wget -qO- http://127.0.0.1:3000"), /^v1 shared\n$/);
      assert.match(await inPod("shared", "ps -o args"), /httpd -f -p 3000/);
      await runs("hosted");
      const { status } = await kubectl.json<{ status: PodView["status"] & { hostIP: string } }>("get pod hosted");
      assert.equal(status.podIP, status.hostIP);
      const listens = Number(new URL(cluster.server).port).toString(16).toUpperCase().padStart(4, "0");
      assert.match(
        await inPod("hosted", "cat /proc/net/tcp /proc/net/tcp6"),
        new RegExp(`:${listens} `),
        "the API's port",
      );
      await kubectl.ok("delete pod shared hosted --wait=false");
    });

    test("sessionAffinity keeps a client with one pod", async () => {
      await kubectl.apply(
        deployment("sticky", 2, server()),
        service("sticky", { sessionAffinity: "ClientIP" }),
        pod("client", shell(FOREVER)),
      );
      await kubectl.ok("rollout status deployment sticky");
      await runs("client");
      const endpoints =
        "get endpointslices -l kubernetes.io/service-name=sticky -o jsonpath={.items[*].endpoints[*].addresses}";
      await until("both serve", async () => (await kubectl.ok(endpoints)).split(" ").length === 2);
      const asked = async (times: number) =>
        new Set(
          (await inPod("client", `for i in $(seq ${times}); do wget -qO- http://sticky; done`)).trim().split("\n"),
        );
      await until(
        "it answers",
        async () => (await kubectl.run(["exec", "client", "--", "wget", "-qO-", "http://sticky"])).code === 0,
      );
      assert.equal((await asked(20)).size, 1);
      await kubectl.ok("delete deployment,service,pod sticky client --ignore-not-found --wait=false");
    });
  });
}
