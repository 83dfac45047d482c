import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeBody } from "#base/long_body.ts";
import { Lease } from "#api/coordination/lease.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { NodeUnderTest } from "./node_suite.ts";

async function node(...args: ConstructorParameters<typeof NodeUnderTest>): Promise<NodeUnderTest> {
  const made = new NodeUnderTest(...args);
  await made.start();
  return made;
}

test("the node registers, is ready, and renews its lease every 10 s", async () => {
  const n = await node({}, { podCidr: "10.244.0.0/24" });
  const { metadata, spec, status } = await n.api.get(Node, { name: "n1" });
  assert.equal(metadata.labels?.["kubernetes.io/hostname"], "n1");
  assert.equal(spec.podCIDR, "10.244.0.0/24");
  assert.deepEqual(status.capacity, { cpu: "2", "ephemeral-storage": "64Gi", memory: "4Gi", pods: "110" });
  assert.equal(status.allocatable?.["memory"], "3996Mi");
  assert.equal(status.nodeInfo.containerRuntimeVersion, "fake://1.0.0");
  const found = Object.fromEntries((status.conditions ?? []).map(({ type, status: is }) => [type, is]));
  assert.deepEqual(found, { MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False", Ready: "True" });
  const lease = () => n.api.get(Lease, { namespace: "kube-node-lease", name: "n1" });
  const first = (await lease()).spec.renewTime;
  await n.clock.advance(10_000);
  assert.equal(Date.parse((await lease()).spec.renewTime ?? "") - Date.parse(first ?? ""), 10_000);
});

test("a resource that an administrator gave the node stays and is for pods, until it is taken away", async () => {
  const n = await node();
  const allocatable = async () => (await n.api.get(Node, { name: "n1" })).status.allocatable?.["example.com/seat"];
  const tell = async (seats: string | null) => {
    const body = { status: { capacity: { "example.com/seat": seats } } };
    await n.api.patch(Node, { name: "n1" }, { type: "merge", body }, { subresource: "status" });
    await n.clock.advance(10_000);
  };
  await tell("3");
  assert.equal(await allocatable(), "3");
  await tell(null);
  assert.equal(await allocatable(), undefined);
});

test("a runtime that is down makes the node not ready, and ready again when it is back", async () => {
  const n = await node();
  n.runtime.setAvailable(false);
  await n.clock.advance(10_000);
  const ready = async () => {
    const { status } = await n.api.get(Node, { name: "n1" });
    return status.conditions?.find(({ type }) => type === "Ready");
  };
  assert.equal((await ready())?.status, "False");
  assert.equal((await ready())?.message, "container runtime is down");
  n.runtime.setAvailable(true);
  await n.clock.advance(10_000);
  assert.equal((await ready())?.status, "True");
});

test("a label given to a running pod reaches the file that tells of labels", async () => {
  const n = await node();
  const items = [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }];
  const { metadata } = await n.createPod("web", {
    containers: [{ name: "main", image: "app:1", volumeMounts: [{ name: "v", mountPath: "/etc/v" }] }],
    volumes: [{ name: "v", downwardAPI: { items } }],
  });
  const mounts = n.runtime.container(metadata.uid, "main")?.config.mounts;
  const file = `${mounts?.find((each) => each.containerPath === "/etc/v")?.hostPath}/labels`;
  assert.doesNotMatch((await n.files.readText(file)) ?? "", /tier/);
  await n.api.patch(Pod, metadata, { type: "merge", body: { metadata: { labels: { tier: "front" } } } });
  await n.clock.advance(100);
  assert.match((await n.files.readText(file)) ?? "", /^tier="front"$/m);
});

test("a ConfigMap's change reaches the files of a running pod in one step", async () => {
  const n = await node();
  await n.putConfigMap("settings", { a: "1", b: "2" });
  const { metadata } = await n.createPod("web", {
    containers: [{ name: "main", image: "app:1", volumeMounts: [{ name: "v", mountPath: "/etc/v" }] }],
    volumes: [{ name: "v", configMap: { name: "settings" } }],
  });
  const mount = n.runtime
    .container(metadata.uid, "main")
    ?.config.mounts.find((each) => each.containerPath === "/etc/v");
  const directory = mount?.hostPath ?? "";
  assert.equal(mount?.readonly, true);
  assert.equal(await n.files.readText(`${directory}/a`), "1");
  const before = await n.files.readLink(`${directory}/..data`);
  await n.putConfigMap("settings", { a: "3" });
  await n.clock.advance(100);
  assert.equal(await n.files.readText(`${directory}/a`), "3");
  assert.equal(await n.files.exists(`${directory}/b`), false);
  assert.notEqual(await n.files.readLink(`${directory}/..data`), before);
  assert.equal(await n.files.exists(`${directory}/${before}`), false);
});

test("a pod whose volume is missing waits and says why, and starts when it is there", async () => {
  const n = await node();
  await n.createPod("web", {
    containers: [{ name: "main", image: "app:1", volumeMounts: [{ name: "v", mountPath: "/etc/v" }] }],
    volumes: [{ name: "v", configMap: { name: "settings" } }],
  });
  assert.ok(
    (await n.events()).includes('FailedMount MountVolume.SetUp failed for volume "v" : configmap "settings" not found'),
  );
  assert.equal((await n.pod("web")).status.containerStatuses?.[0]?.state.waiting?.reason, "ContainerCreating");
  await n.putConfigMap("settings", {});
  assert.equal((await n.pod("web")).status.phase, "Running");
});

const LOGS: readonly { name: string; options: object; text: string }[] = [
  { name: "shows all", options: {}, text: "one\ntwo\nthree\n" },
  { name: "shows the last lines", options: { tailLines: 2 }, text: "two\nthree\n" },
  { name: "shows what is young enough", options: { sinceSeconds: 2 }, text: "three\n" },
  { name: "shows one stream", options: { stream: "Stderr" }, text: "two\n" },
  { name: "cuts off", options: { limitBytes: 6 }, text: "one\ntw" },
  { name: "shows times", options: { tailLines: 1, timestamps: true }, text: "2026-01-01T00:00:02.000000000Z three\n" },
];
for (const { name, options, text } of LOGS) {
  test(`logs() ${name}`, async () => {
    const n = await node({
      anyImage: {
        program: (process) => {
          process.print("one");
          process.print("two", "stderr");
          process.clock.after(2_000, () => process.print("three"));
        },
      },
    });
    const { metadata } = await n.createPod("web");
    await n.clock.advance(3_000);
    assert.equal(await logs(n, metadata.uid, options), text);
  });
}

test("a container does not run before its postStart hook has ended, and is not probed", async () => {
  const asked: string[] = [];
  const n = await node();
  n.answer = (address) => {
    asked.push(address);
    return 200;
  };
  const probe = { httpGet: { path: "/", port: 80 }, periodSeconds: 1 };
  const lifecycle = { postStart: { sleep: { seconds: 5 } } };
  await n.createPod("web", {
    containers: [{ name: "main", image: "app:1", lifecycle, readinessProbe: probe, livenessProbe: probe }],
  });
  await n.clock.advance(4_000);
  const { phase, containerStatuses: [early] = [] } = (await n.pod("web")).status;
  assert.deepEqual(
    [phase, early?.state, early?.ready],
    ["Pending", { waiting: { reason: "ContainerCreating" } }, false],
  );
  assert.deepEqual(asked, []);
  await n.clock.advance(2_000);
  const { phase: later, containerStatuses: [status] = [] } = (await n.pod("web")).status;
  assert.deepEqual([later, status?.ready], ["Running", true]);
});

test("logs() follows to the container's end, and shows the one before", async () => {
  const n = await node({
    anyImage: {
      program: (process) => {
        process.print(`start ${process.attempt}`);
        process.clock.after(5_000, () => process.print("end"));
        process.clock.after(5_500, () => process.exit(0));
      },
    },
  });
  const { metadata } = await n.createPod("web");
  const followed = logs(n, metadata.uid, { follow: true });
  await n.clock.advance(6_000);
  assert.equal(await followed, "start 0\nend\n");
  assert.equal(await logs(n, metadata.uid, {}), "start 1\n");
  assert.equal(await logs(n, metadata.uid, { previous: true }), "start 0\nend\n");
});

test("logs() of what has not started say what it waits for", async () => {
  const n = await node({ anyImage: { pullMs: 60_000 } });
  const { metadata } = await n.createPod("web");
  const { message } = JSON.parse(await logs(n, metadata.uid, {})) as { message: string };
  assert.equal(message, 'container "main" in pod "web" is waiting to start: ContainerCreating');
});

async function logs(n: NodeUnderTest, uid: string, options: object): Promise<string> {
  const target = { namespace: "default", pod: "web", uid, container: "main" };
  const request = { follow: false, previous: false, timestamps: false, stream: "All", ...options };
  const { body } = await n.agent.connections.logs(target, request, new AbortController().signal);
  if (!("start" in body)) return new TextDecoder().decode(body instanceof Uint8Array ? body : await wholeBody(body));
  let text = "";
  await new Promise<void>((resolve, reject) => {
    body.start({
      write: (chunk) => (text += new TextDecoder().decode(chunk)) !== "",
      drained: () => Promise.resolve(),
      end: () => resolve(),
      abort: () => reject(new Error("broken off")),
    });
  });
  return text;
}

test("a container's last words are shown with its end, and kept when the agent is restarted", async () => {
  const n = await node({ anyImage: { program: (process) => void process.clock.after(1_000, () => process.exit(4)) } });
  const { metadata } = await n.createPod("job", { restartPolicy: "Never" });
  await n.files.writeFile(`/data/pod-data/${metadata.uid}/termination/main-0`, "out of ink");
  await n.clock.advance(2_000);
  const words = async () => (await n.pod("job")).status.containerStatuses?.[0]?.state.terminated?.message;
  assert.equal(await words(), "out of ink");
  await n.restartAgent();
  await n.clock.advance(1_000);
  assert.equal(await words(), "out of ink");
});
