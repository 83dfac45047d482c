import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TOOLBOX_IMAGE, toolboxArchive } from "#test/real/toolbox_image.ts";
import { BenchCluster } from "./cluster.ts";
import { atMost, median, type Figure } from "./figure.ts";
import { startLoad, type Load } from "./load.ts";
import { openRequests, type Requests, type SeenObject } from "./requests.ts";
import { pathOf } from "./objects.ts";

const PODS = pathOf("pods");
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const SERVICES = "/api/v1/namespaces/default/services";
const SERVICE_ADDRESS = "10.96.100.100";
const SINGLE_RUNS = 15;
/** After pods are gone from the API, their sandboxes are still being taken down: not part of what comes next. */
const SETTLE_MS = 700;
const CONNECTIONS_PER_SECOND = 300;
const UPDATES_UNDER_LOAD = 3;

/** Real pods on one node: the way from apply to Running, many at once, rollouts, and a rollout under load. */
export function benchPods(): Promise<Figure[]> {
  return BenchCluster.with(async (cluster) => {
    await cluster.up();
    await loadToolbox(cluster);
    const credentials = await cluster.credentials();
    const requests = openRequests(credentials);
    const load = await startLoad(credentials);
    try {
      return [
        ...(await singlePods(requests)),
        ...(await manyPods(requests)),
        ...(await gatedRollouts(requests)),
        ...(await updateUnderLoad(requests, load)),
      ];
    } finally {
      load.close();
      requests.close();
    }
  });
}

async function loadToolbox(cluster: BenchCluster): Promise<void> {
  const archive = await toolboxArchive();
  if (archive === undefined) throw new Error("the pods' image needs a static busybox: apt-get install busybox-static");
  const directory = await mkdtemp(join(tmpdir(), "knarr-bench-image-"));
  try {
    const path = join(directory, "toolbox.tar");
    await writeFile(path, archive);
    await cluster.loadImage(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function singlePods(requests: Requests): Promise<Figure[]> {
  const times: number[] = [];
  for (let run = 0; run < SINGLE_RUNS; run++) {
    const name = `single-${run}`;
    const started = performance.now();
    const running = requests.until(PODS, (pod) => pod.metadata.name === name && pod.status?.["phase"] === "Running");
    await requests.send("POST", PODS, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { terminationGracePeriodSeconds: 0, containers: [container(["sleep", "600"])] },
    });
    await running;
    times.push(performance.now() - started);
    await requests.send("DELETE", `${PODS}/${name}`);
    await requests.untilEmpty(PODS);
    await sleep(SETTLE_MS);
  }
  const note = `fastest ${Math.round(Math.min(...times))}, slowest ${Math.round(Math.max(...times))} of ${times.length}`;
  return [{ name: "apply to Running, p50", value: median(times), unit: "ms", note, goal: atMost(400, 150) }];
}

async function manyPods(requests: Requests): Promise<Figure[]> {
  const seconds = await measured(async () => {
    await requests.send("POST", DEPLOYMENTS, deployment("many", 100, container(["sleep", "600"])));
    await rolledOut(requests, "many", 100);
  });
  await removed(requests, "many");
  return [{ name: "0 to 100 pods", value: seconds, unit: "s", goal: atMost(15, 5) }];
}

async function gatedRollouts(requests: Requests): Promise<Figure[]> {
  const initial = await measured(async () => {
    await requests.send("POST", DEPLOYMENTS, deployment("gated", 20, webServer("1")));
    await rolledOut(requests, "gated", 20);
  });
  const update = await measured(() => updated(requests, "gated", 20, "2"));
  await removed(requests, "gated");
  return [
    { name: "0 to 20 ready replicas", value: initial, unit: "s" },
    { name: "rollout of 20 replicas, readiness-gated", value: update, unit: "s", goal: atMost(15, 8) },
  ];
}

async function updateUnderLoad(requests: Requests, load: Load): Promise<Figure[]> {
  await requests.send("POST", SERVICES, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "loaded" },
    spec: { clusterIP: SERVICE_ADDRESS, selector: { app: "loaded" }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await requests.send("POST", DEPLOYMENTS, deployment("loaded", 4, webServer("0")));
  await rolledOut(requests, "loaded", 4);
  const job = { kind: "connect", host: SERVICE_ADDRESS, port: 80, perSecond: CONNECTIONS_PER_SECOND } as const;
  const running = await load.begin(job);
  await sleep(1_000);
  const seconds = await measured(async () => {
    for (let update = 1; update <= UPDATES_UNDER_LOAD; update++) await updated(requests, "loaded", 4, String(update));
  });
  await sleep(1_000);
  running.stop();
  const { tookMs, latencies, failures } = await running.outcome;
  await removed(requests, "loaded");
  const served = latencies.length / (tookMs / 1_000);
  const note = `of ${latencies.length + failures.length} in ${UPDATES_UNDER_LOAD} updates of 4 replicas${
    failures.length > 0 ? `; first: ${failures[0]}` : ""
  }`;
  return [
    { name: "failed requests while updating", value: failures.length, unit: "", note, goal: atMost(0, 0) },
    { name: "requests served while updating, a new connection each", value: served, unit: "/s" },
    { name: `${UPDATES_UNDER_LOAD} updates under that load`, value: seconds, unit: "s" },
  ];
}

function container(command: readonly string[]): object {
  return { name: "main", image: TOOLBOX_IMAGE, imagePullPolicy: "Never", command };
}

/** busybox' web server; `version` makes one template differ from the other. */
function webServer(version: string): object {
  return {
    ...container([
      "sh",
      "-c",
      "mkdir -p /tmp/www && echo ok > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www",
    ]),
    env: [{ name: "VERSION", value: version }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
  };
}

function deployment(name: string, replicas: number, main: object): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [main] },
      },
    },
  };
}

async function updated(requests: Requests, name: string, replicas: number, version: string): Promise<void> {
  const spec = { template: { spec: { containers: [webServer(version)] } } };
  const changed = (await requests.send("PATCH", `${DEPLOYMENTS}/${name}`, { spec })) as {
    readonly metadata: { readonly generation: number };
  };
  await rolledOut(requests, name, replicas, changed.metadata.generation);
}

function rolledOut(requests: Requests, name: string, replicas: number, generation = 1): Promise<void> {
  const complete = ({ metadata, status = {} }: SeenObject) =>
    metadata.name === name &&
    Number(status["observedGeneration"]) >= generation &&
    ["replicas", "updatedReplicas", "availableReplicas"].every((count) => status[count] === replicas);
  return requests.until(DEPLOYMENTS, complete);
}

async function removed(requests: Requests, name: string): Promise<void> {
  await requests.send("DELETE", `${DEPLOYMENTS}/${name}`, { propagationPolicy: "Background" });
  await requests.untilEmpty(PODS);
  await sleep(5 * SETTLE_MS);
}

/** Seconds that `work` takes. */
async function measured(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}
