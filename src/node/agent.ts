import { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Client } from "#client/client.ts";
import { createEventRecorder, type EventRecorder } from "#client/events.ts";
import { InformerFactory } from "#client/informer.ts";
import type { Dialer } from "#sys/dialer.ts";
import type { Files } from "#sys/files.ts";
import type { Mounts } from "#sys/mounts.ts";
import { parseResolvConf } from "./dns_config.ts";
import { ImagePuller } from "./image_puller.ts";
import { Limiter } from "./limiter.ts";
import { NodePaths } from "./paths.ts";
import type { PodContext } from "./pod_context.ts";
import { PodManager } from "./pod_manager.ts";
import { clientReferences } from "./references.ts";
import { RuntimeView } from "./runtime_view.ts";
import type { Runtime } from "./runtime.ts";
import { Volumes } from "./volumes/volumes.ts";

export interface NodeAgentOptions {
  readonly client: Client;
  /** Shared with other components of this process; the agent makes its own when absent. */
  readonly informers?: InformerFactory | undefined;
  readonly runtime: Runtime;
  readonly files: Files;
  readonly mounts: Mounts;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly events?: EventRecorder | undefined;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** Everything the agent keeps on the node lies below it. */
  readonly dataDir: string;
  /** The cluster's name server; absent when there is none. */
  readonly clusterDns?: string | undefined;
  /** `cluster.local` by default. */
  readonly clusterDomain?: string | undefined;
  /** Path of the cgroup that holds the pods'; unique per node of a machine. */
  readonly cgroupRoot?: string | undefined;
  /** Resolves when nothing sends traffic to a deleted pod any more; waited for at most 2 s. */
  readonly drained?: ((pod: Pod) => Promise<void>) | undefined;
  readonly capacity: NodeCapacity;
  /** Operations of the runtime at once; 6 by default. */
  readonly parallelMax?: number | undefined;
  /** How often the runtime is listed as a safety net; 10 s by default. */
  readonly relistMs?: number | undefined;
}

/** What the machine has, and gives to pods. */
export interface NodeCapacity {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  readonly pods: number;
}

export interface NodeAgent {
  /** Resolves when the agent knows what runs and follows the API. */
  start(): Promise<void>;
  /** Lets go of everything; containers run on. */
  stop(): Promise<void>;
}

/** The agent of one node. */
export function createNodeAgent(options: NodeAgentOptions): NodeAgent {
  const { client, runtime, clock, random, log } = options;
  const ownInformers = options.informers ? undefined : new InformerFactory({ client, clock, random, log });
  const informers = options.informers ?? ownInformers;
  if (informers === undefined) throw new TypeError("informers are given or made");
  const events =
    options.events ?? createEventRecorder({ client, clock, random, log, component: "kubelet", host: options.nodeName });
  const view = new RuntimeView({
    runtime,
    clock,
    log,
    relistMs: options.relistMs ?? 10_000,
    changed: (podUid) => manager?.changed(podUid),
  });
  let manager: PodManager | undefined;
  return {
    async start() {
      const resolvConf = await options.files.readText("/etc/resolv.conf").catch(() => "");
      const services = informers.informer(Service);
      const pods = informers.informer(Pod, { fieldSelector: `spec.nodeName=${options.nodeName}` });
      const context = podContext(options, { view, events, resolvConf, services: () => services.cache.list() });
      await Promise.all([view.start(), services.synced, pods.synced]);
      manager = new PodManager(context, options.capacity);
      manager.start(pods);
    },
    async stop() {
      manager?.stop();
      view.stop();
      events.stop();
      await ownInformers?.stop();
    },
  };
}

interface Made {
  readonly view: RuntimeView;
  readonly events: EventRecorder;
  readonly resolvConf: string;
  readonly services: () => readonly Service[];
}

function podContext(options: NodeAgentOptions, made: Made): PodContext {
  const { client, runtime, clock, random, nodeName, nodeIp, clusterDns, capacity } = options;
  const { events } = made;
  const paths = new NodePaths(options.dataDir);
  const references = clientReferences(client);
  return {
    ...options,
    ...made,
    references,
    paths,
    images: new ImagePuller({ runtime, clock, events, references, pullsMax: 4 }),
    volumes: new Volumes({ files: options.files, clock, random, mounts: options.mounts, paths, references }),
    limiter: new Limiter(options.parallelMax ?? 6),
    dns: {
      clusterDns,
      clusterDomain: options.clusterDomain ?? "cluster.local",
      host: parseResolvConf(made.resolvConf),
    },
    cgroupRoot: options.cgroupRoot ?? `/knarr-${nodeName}`,
    nodeIp,
    allocatable: capacity,
    memoryCapacityBytes: capacity.memoryBytes,
  };
}
