import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ConfigMap } from "#api/core/configmap.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import { Secret } from "#api/core/secret.ts";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { FakeApi } from "#client/fake_api.ts";
import { InformerFactory } from "#client/informer.ts";
import { createNodeAgent, type NodeAgent } from "#node/agent.ts";
import { LABELS } from "#node/pod_names.ts";
import { nodeDialer } from "#sys/dialer.ts";
import { nodeFiles } from "#sys/files.ts";
import { readMachineFacts } from "#sys/machine_facts.ts";
import { nodeMounts } from "#sys/mounts.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import { privateContainerd, whyNoContainers } from "./private_containerd.ts";

const skip = await whyNoContainers();
const NAMESPACE = "default";
const WAIT_MS_MAX = 30_000;

describe("the node agent over real containers", { skip: skip ?? false }, () => {
  let node: Awaited<ReturnType<typeof privateContainerd>>;
  let informers: InformerFactory;
  let agent: NodeAgent;
  const doors = { clock: realClock, random: systemRandom, log: silentLog };
  const api = new FakeApi({ clock: realClock, random: seededRandom(3) });

  before(async () => {
    node = await privateContainerd("agent", "10.249.8.0/24");
    informers = new InformerFactory({ client: api, ...doors });
    agent = createNodeAgent({
      client: api,
      informers,
      runtime: node.runtime,
      files: nodeFiles,
      mounts: nodeMounts(runCommand, nodeFiles),
      dialer: nodeDialer,
      ...doors,
      machine: await readMachineFacts(nodeFiles, node.directory),
      nodeName: "n1",
      nodeIp: "127.0.0.1",
      dataDir: `${node.directory}/agent`,
      clusterDns: "10.96.0.10",
      cgroupRoot: node.cgroupParent,
    });
    await agent.start();
  });
  after(async () => {
    await agent.stop();
    await informers.stop();
    await node.close();
  });

  /** Resolves with the pod once `when` holds for it, or with undefined once it is gone. */
  function seen(name: string, when: (pod: Pod | undefined) => boolean): Promise<Pod | undefined> {
    return new Promise((resolve, reject) => {
      const late = realClock.after(WAIT_MS_MAX, () =>
        reject(
          new Error(
            `${name}: ${JSON.stringify(informers.informer(Pod).cache.get({ namespace: NAMESPACE, name })?.status)}`,
          ),
        ),
      );
      const look = (pod: Pod | undefined) => {
        if (!when(pod)) return;
        late.cancel();
        resolve(pod);
      };
      const of = (run: (pod: Pod) => void) => (pod: Pod) => pod.metadata.name === name && run(pod);
      informers.informer(Pod).subscribe({ add: of(look), update: of(look), delete: of(() => look(undefined)) });
    });
  }

  const isRunning = (pod: Pod | undefined) => pod?.status.phase === "Running";

  function podOf(name: string, script: string, spec: Partial<PodDraft["spec"]> = {}): PodDraft {
    const main = { name: "main", image: node.image, command: ["sh", "-c", script] };
    const { containers = [{}], ...rest } = spec;
    return {
      metadata: { name, namespace: NAMESPACE },
      spec: { ...rest, nodeName: "n1", containers: [{ ...main, ...containers[0], name: "main" }] },
    };
  }

  test("runs a pod, shows its log, and takes it away without a trace", async (context) => {
    const took: number[] = [];
    for (let round = 0; round < 5; round++) {
      const startedMs = performance.now();
      const { metadata } = await api.create(
        Pod,
        podOf("web", "echo hello; trap 'exit 0' TERM; while :; do sleep 0.05; done"),
      );
      const pod = await seen("web", isRunning);
      took.push(performance.now() - startedMs);
      assert.match(pod?.status.podIP ?? "", /^10\.249\.8\./);
      await api.delete(Pod, { namespace: NAMESPACE, name: "web" });
      await seen("web", (now) => now === undefined);
      const left = (await node.runtime.listContainers()).filter((each) => each.labels[LABELS.podUid] === metadata.uid);
      assert.deepEqual(
        left.filter(({ state }) => state === "RUNNING"),
        [],
      );
    }
    context.diagnostic(`create to Running seen, ms: ${took.map(Math.round).join(" ")}`);
  });

  test("gives a container its variables, files, hosts, resolv.conf and secrets in memory", async () => {
    const meta = { name: "settings", namespace: NAMESPACE };
    await api.create(ConfigMap, { metadata: meta, data: { greeting: "hi" } });
    await api.create(Secret, { metadata: meta, data: { key: Buffer.from("s3cret").toString("base64") } });
    const script =
      'echo "$GREETING $POD_NAME"; cat /etc/v/greeting; echo; cat /etc/s/key; echo; grep tmpfs /proc/mounts | grep -c /etc/s; ' +
      "grep -c other.example /etc/hosts; head -n 1 /etc/resolv.conf; echo bye > /dev/termination-log; exit 3";
    const env = [
      { name: "GREETING", valueFrom: { configMapKeyRef: { name: "settings", key: "greeting" } } },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ];
    const volumeMounts = [
      { name: "v", mountPath: "/etc/v" },
      { name: "s", mountPath: "/etc/s" },
    ];
    const draft = podOf("job", script, {
      restartPolicy: "Never",
      hostAliases: [{ ip: "10.1.2.3", hostnames: ["other.example"] }],
      containers: [{ name: "main", env, volumeMounts }],
      volumes: [
        { name: "v", configMap: { name: "settings" } },
        { name: "s", secret: { secretName: "settings" } },
      ],
    });
    const { metadata } = await api.create(Pod, draft);
    const done = await seen(
      "job",
      (pod) => pod?.status.containerStatuses?.[0]?.state.terminated?.message !== undefined,
    );
    assert.equal(done?.status.phase, "Failed");
    const ended = done?.status.containerStatuses?.[0]?.state.terminated;
    assert.deepEqual([ended?.exitCode, ended?.reason, ended?.message], [3, "Error", "bye\n"]);
    const directory = `${node.directory}/agent/pods/${NAMESPACE}_job_${metadata.uid}/main/0.log`;
    const lines = (await node.readLog(directory))
      .trim()
      .split("\n")
      .map((line) => line.split(" ").slice(3).join(" "));
    assert.deepEqual(lines, [
      "hi job",
      "hi",
      "s3cret",
      "1",
      "1",
      "search default.svc.cluster.local svc.cluster.local cluster.local",
    ]);
    await api.delete(Pod, { namespace: NAMESPACE, name: "job" });
    await seen("job", (now) => now === undefined);
  });

  test("probes over HTTP, and restarts what fails its liveness probe", async () => {
    const script = "mkdir /tmp/w; echo ok > /tmp/w/live; httpd -p 8080 -h /tmp/w; sleep 3; rm /tmp/w/live; sleep 60";
    const probe = { httpGet: { path: "/live", port: 8080 }, periodSeconds: 1, failureThreshold: 1 };
    await api.create(
      Pod,
      podOf("probed", script, {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", livenessProbe: { ...probe, initialDelaySeconds: 1 }, readinessProbe: probe }],
      }),
    );
    const isReady = (pod: Pod | undefined) => pod?.status.containerStatuses?.[0]?.ready === true;
    await seen("probed", isReady);
    const restarted = await seen(
      "probed",
      (pod) => isReady(pod) && pod?.status.containerStatuses?.[0]?.restartCount === 1,
    );
    assert.equal(restarted?.status.containerStatuses?.[0]?.lastState.terminated?.exitCode, 137);
    await api.delete(Pod, { namespace: NAMESPACE, name: "probed" });
    await seen("probed", (now) => now === undefined);
  });
});
