import { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import { LOCAL_VOLUMES_DIRECTORY } from "#api/core/volume_claims.ts";
import { InformerFactory } from "#client/informer.ts";
import { createEventRecorder } from "#client/events.ts";
import { availableMemoryBytes } from "#sys/machine_facts.ts";
import type { NodeAgentOptions } from "./agent_options.ts";
import { NodeConnections } from "./connections.ts";
import { parseResolvConf } from "./dns_config.ts";
import { ImagePuller } from "./image_puller.ts";
import { Limiter } from "#base/limiter.ts";
import { LogRotation } from "./log_rotation.ts";
import { NodeReporter } from "./node_reporter.ts";
import type { NodeFindings } from "./node_status.ts";
import { NodePaths } from "./paths.ts";
import type { PodContext } from "./pod_context.ts";
import { PodManager } from "./pod_manager.ts";
import { ReferenceWatches } from "./reference_watches.ts";
import { clientReferences } from "./references.ts";
import { RuntimeView } from "./runtime_view.ts";
import { UsageMeter } from "./usage_meter.ts";
import { LocalVolumes } from "./volumes/local_volumes.ts";
import { ServiceAccountTokens } from "./volumes/service_account_tokens.ts";
import { Volumes } from "./volumes/volumes.ts";

export type { NodeAgentOptions } from "./agent_options.ts";

export interface NodeAgent {
  /**
   * Resolves when the node is registered, what runs is known, and the API is followed. Rejects when the runtime or the API
   * does not answer; it may then be called again.
   */
  start(): Promise<void>;
  /** Lets go of everything; containers run on. */
  stop(): Promise<void>;
  /** What the API server calls for logs, exec, attach and port-forward of this node's pods. */
  readonly connections: NodeConnections;
}

const PODS_MAX = 110;

/** The agent of one node. */
export function createNodeAgent(options: NodeAgentOptions): NodeAgent {
  return new Agent(options);
}

class Agent implements NodeAgent {
  readonly connections: NodeConnections;
  readonly #options: NodeAgentOptions;
  readonly #ownInformers: InformerFactory | undefined;
  readonly #informers: InformerFactory;
  readonly #context: Omit<PodContext, "dns" | "services">;
  readonly #reporter: NodeReporter;
  readonly #rotation: LogRotation;
  readonly #references: ReferenceWatches;
  readonly #meter: UsageMeter;
  readonly #localVolumes: LocalVolumes;
  #manager: PodManager | undefined;

  constructor(options: NodeAgentOptions) {
    const { client, clock, random, log, runtime, nodeName, podCidr, labels = {} } = options;
    this.#options = options;
    this.#informers = options.informers ?? new InformerFactory({ client, clock, random, log });
    this.#ownInformers = options.informers ? undefined : this.#informers;
    const recorder = { client, clock, random, log, component: "kubelet", host: nodeName };
    const events = options.events ?? createEventRecorder(recorder);
    const relistMs = options.relistMs ?? 10_000;
    const changed = (uid: string) => this.#manager?.changed(uid);
    const paths = new NodePaths(options.dataDir);
    const view = new RuntimeView({ runtime, clock, log, relistMs, paths, changed });
    this.#context = agentContext(options, paths, view, events);
    this.#reporter = new NodeReporter({
      client,
      clock,
      log,
      events,
      nodeName,
      podCidr,
      labels,
      annotations: { [LOCAL_VOLUMES_DIRECTORY]: this.#context.paths.localVolumesDirectory },
      heartbeatMs: options.heartbeatMs,
      find: () => this.#find(),
    });
    this.#rotation = new LogRotation({ ...this.#context });
    const namedChanged = (key: string) => this.#manager?.referenceChanged(key);
    this.#references = new ReferenceWatches({ client, clock, random, log, changed: namedChanged });
    this.#meter = new UsageMeter(this.#context);
    this.#localVolumes = new LocalVolumes({ ...this.#context, informers: this.#informers });
    this.connections = new NodeConnections({ ...this.#context, meter: this.#meter, pods: () => this.#manager });
  }

  async start(): Promise<void> {
    const { files, nodeName, clusterDns, clusterDomain = "cluster.local", machine, dataDir } = this.#options;
    await files.mkdir(dataDir);
    const resolvConf = await files.readText("/etc/resolv.conf").catch(() => "");
    const services = this.#informers.informer(Service);
    const pods = this.#informers.informer(Pod, { fieldSelector: `spec.nodeName=${nodeName}` });
    const { view } = this.#context;
    await Promise.all([this.#reporter.start(), view.start(), services.synced, pods.synced]);
    const context: PodContext = {
      ...this.#context,
      services: () => services.cache.list(),
      dns: { clusterDns, clusterDomain, host: parseResolvConf(resolvConf) },
    };
    const room = { cpuMilli: machine.cpus * 1000, memoryBytes: machine.memoryBytes, pods: this.#podsMax };
    this.#manager = new PodManager(context, room, this.#references);
    this.#manager.start(pods);
    this.#rotation.start();
    this.#meter.start();
    // Nothing waits for it: what was given back is nobody's.
    void this.#localVolumes.start();
  }

  async stop(): Promise<void> {
    this.#reporter.stop();
    this.#rotation.stop();
    this.#meter.stop();
    this.#localVolumes.stop();
    this.#references.stop();
    this.#manager?.stop();
    this.#context.view.stop();
    if (!this.#options.events) this.#context.events.stop();
    await this.#ownInformers?.stop();
  }

  get #podsMax(): number {
    return this.#options.podsMax ?? PODS_MAX;
  }

  /** Looks at the machine and its runtime; what does not answer is left out. */
  async #find(): Promise<NodeFindings> {
    const { runtime, files, machine, dataDir, nodeName, nodeIp, clock } = this.#options;
    const absent = () => undefined;
    const [version, runtimeConditions, images, disk, memoryAvailableBytes] = await Promise.all([
      runtime.version().catch(absent),
      runtime.conditions().catch(absent),
      runtime.listImages().catch(() => []),
      files.statFileSystem(dataDir).catch(absent),
      // A machine in memory has no /proc: all of its memory is free.
      availableMemoryBytes(files).catch(() => machine.memoryBytes),
    ]);
    return {
      machine,
      podsMax: this.#podsMax,
      nodeName,
      nodeIp,
      port: this.#options.port ?? 0,
      runtime: version,
      runtimeConditions,
      images,
      memoryAvailableBytes,
      storageShare: disk ? disk.availableBytes / Math.max(1, disk.totalBytes) : 1,
      // File systems that make inodes as they need them say they have none.
      inodeShare: disk && disk.totalInodes > 0 ? disk.freeInodes / disk.totalInodes : 1,
      nowMs: clock.now(),
    };
  }
}

function agentContext(
  options: NodeAgentOptions,
  paths: NodePaths,
  view: RuntimeView,
  events: PodContext["events"],
): Omit<PodContext, "dns" | "services"> {
  const { client, runtime, clock, random, files, mounts, machine } = options;
  const references = clientReferences(client);
  const tokens = new ServiceAccountTokens({ client, clock });
  return {
    ...options,
    view,
    events,
    references,
    paths,
    images: new ImagePuller({ runtime, clock, events, references, pullsMax: 4 }),
    volumes: new Volumes({ client, files, clock, random, mounts, paths, references, tokens }),
    limiter: new Limiter(options.parallelMax ?? 6),
    cgroupRoot: options.cgroupRoot ?? `/knarr-${options.nodeName}`,
    allocatable: {
      cpuMilli: machine.cpus * 1000,
      memoryBytes: machine.memoryBytes,
      storageBytes: machine.storageBytes,
    },
    memoryCapacityBytes: machine.memoryBytes,
  };
}
