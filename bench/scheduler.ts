import { performance } from "node:perf_hooks";
import { cpuUsage, memoryUsage } from "node:process";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { applyDefaults } from "#api/defaults.ts";
import { bootstrap } from "#apiserver/bootstrap.ts";
import { Components } from "#bin/components.ts";
import { DEFAULT_NETWORKS } from "#bin/networks.ts";
import { profilesOf } from "#scheduler/configuration.ts";
import { Decider } from "#scheduler/decision.ts";
import { ClusterIndex } from "#scheduler/nodes/cluster_index.ts";
import { PodInfo } from "#scheduler/nodes/pod_info.ts";
import { Nominator } from "#scheduler/queue/nominator.ts";
import { startScheduler } from "#scheduler/scheduler.ts";
import { factsWith } from "#scheduler/testing.ts";
import type { Informer } from "#client/informer.ts";
import { afterThisTurn } from "#sys/event_loop.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { atLeast, median, rounded, type Figure } from "./figure.ts";
import { nodeDraft, podDraft, type PodSort } from "./scheduler_objects.ts";

const NODES = 5_000;
const PODS = 10_000;
const RUNS = 3;
const CREATES_AT_ONCE = 64;

/** Pods placed per second in a cluster of 5,000 nodes. */
const PODS_PER_SECOND = atLeast(1_500, 4_000);

/** Measures the scheduler at 5,000 nodes: decisions alone, then through the API, everything in this process. */
export async function benchScheduler(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const sort of ["plain", "spread", "apart"] as const) figures.push(benchDecisions(sort));
  const runs: ApiRun[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await throughApi());
  const middle = (part: (run: ApiRun) => number) => median(runs.map(part));
  figures.push(
    {
      name: `pods bound through the API, ${NODES} nodes`,
      value: middle(({ perSecond }) => perSecond),
      unit: "/s",
      goal: PODS_PER_SECOND,
      note: `${PODS} pods, median of ${RUNS} runs`,
    },
    { name: "processor time of it, per pod", value: middle(({ cpuMicros }) => cpuMicros), unit: "µs" },
    {
      name: "longest stall of the event loop meanwhile",
      value: middle(({ stall }) => stall.wallMs),
      unit: "ms",
      note: `${rounded(middle(({ stall }) => stall.cpuMs))} ms of it this process's own work`,
    },
    {
      name: "memory (RSS) at its end, server and store included",
      value: middle(({ megabytes }) => megabytes),
      unit: "MB",
    },
  );
  return figures;
}

/** Decisions one after the other, each pod placed before the next: no API, no queue. */
function benchDecisions(sort: PodSort): Figure {
  const [profile] = profilesOf().values();
  if (profile === undefined) throw new Error("There is no profile");
  const index = new ClusterIndex();
  const decider = new Decider({
    view: { index, facts: factsWith({}) },
    nominator: new Nominator(),
    random: seededRandom(1),
  });
  for (let at = 0; at < NODES; at++) index.setNode(decode(Node, documentOf(nodeDraft(at)), "Strict").object);
  const pods = Array.from({ length: PODS }, (_, at) => podOf(at, sort));
  const before = cpuUsage();
  for (const pod of pods) {
    const info = new PodInfo(pod);
    const decision = decider.decide(info, profile.plugins);
    if (decision.kind === "none") throw new Error(`No node for ${info.id}`);
    index.place(info, decision.info.name);
  }
  const { user, system } = cpuUsage(before);
  return {
    name: `decisions alone, ${sort} pods`,
    value: PODS / ((user + system) / 1e6),
    unit: "/s",
    note: "per second of processor time",
  };
}

function podOf(at: number, sort: PodSort): Pod {
  const draft = podDraft(at, sort);
  const { object } = decode(Pod, documentOf({ ...draft, metadata: { ...draft.metadata, uid: `uid-${at}` } }), "Strict");
  applyDefaults(Pod, object);
  return object;
}

interface ApiRun {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly stall: Stall;
  readonly megabytes: number;
}

/** From the start of the scheduler until the last of the waiting pods is bound in the store. */
async function throughApi(): Promise<ApiRun> {
  // Writes of one turn share a commit, as on a disk.
  const store = new MemoryStore(undefined, afterThisTurn);
  const components = new Components({
    store,
    clock: realClock,
    random: seededRandom(1),
    log: silentLog,
    networks: DEFAULT_NETWORKS,
  });
  const { server, informers } = components;
  await bootstrap(server.handle, {
    address: DEFAULT_NETWORKS.gateway,
    port: 6443,
    clusterIp: DEFAULT_NETWORKS.apiAddress,
  });
  const client = components.clientFor("kubernetes-admin");
  await client.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
  await inParallel(NODES, (at) => client.create(Node, nodeDraft(at)));
  await inParallel(PODS, (at) => client.create(Pod, podDraft(at, "plain")));
  const pods = informers.informer(Pod);
  await Promise.all([pods.synced, informers.informer(Node).synced]);
  const stalls = watchStalls();
  const bound = allBound(pods);
  const [started, before] = [performance.now(), cpuUsage()];
  const stop = await startScheduler({
    client: components.clientFor("system:kube-scheduler"),
    informers,
    clock: realClock,
    random: seededRandom(1),
    log: silentLog,
  });
  await bound;
  const tookMs = performance.now() - started;
  const { user, system } = cpuUsage(before);
  const run: ApiRun = {
    perSecond: (PODS * 1_000) / tookMs,
    cpuMicros: (user + system) / PODS,
    stall: stalls.stop(),
    megabytes: memoryUsage.rss() / 1e6,
  };
  stop();
  await components.stop();
  await store.close();
  return run;
}

/** Resolves when as many pods as there are have a node, as the caches see it. */
function allBound(pods: Informer<Pod>): Promise<void> {
  return new Promise((resolve) => {
    const waiting = new Set(pods.cache.list().map(({ metadata }) => metadata.uid));
    pods.subscribe({
      update({ metadata, spec }) {
        if (spec.nodeName && waiting.delete(metadata.uid) && waiting.size === 0) resolve();
      },
    });
  });
}

async function inParallel(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CREATES_AT_ONCE }, worker));
}

interface Stall {
  readonly wallMs: number;
  /** What this process itself worked meanwhile; the rest is other processes'. */
  readonly cpuMs: number;
}

/** Measures the longest time between two turns of the event loop, and the most work. */
function watchStalls(): { stop(): Stall } {
  let longest: Stall = { wallMs: 0, cpuMs: 0 };
  let [last, used] = [performance.now(), cpuUsage()];
  let handle = setImmediate(turn);
  function turn(): void {
    const [now, { user, system }] = [performance.now(), cpuUsage(used)];
    const cpuMs = (user + system) / 1_000;
    longest = { wallMs: Math.max(longest.wallMs, now - last), cpuMs: Math.max(longest.cpuMs, cpuMs) };
    [last, used] = [now, cpuUsage()];
    handle = setImmediate(turn);
  }
  return {
    stop() {
      clearImmediate(handle);
      return longest;
    },
  };
}
