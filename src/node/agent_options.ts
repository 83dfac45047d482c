import type { Pod } from "#api/core/pod.ts";
import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Client } from "#client/client.ts";
import type { EventRecorder } from "#client/events.ts";
import type { InformerFactory } from "#client/informer.ts";
import type { Dialer } from "#sys/dialer.ts";
import type { Files } from "#sys/files.ts";
import type { MachineFacts } from "#sys/machine_facts.ts";
import type { Mounts } from "#sys/mounts.ts";
import type { Runtime } from "./runtime.ts";

/** What an agent is made of: its doors, its place in the cluster, its bounds. */
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
  /** Where events go; into the API when absent. */
  readonly events?: EventRecorder | undefined;
  readonly machine: MachineFacts;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** Labels of the node beside the well-known ones. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The node's pod network, when no controller hands it out. */
  readonly podCidr?: string | undefined;
  /** Everything the agent keeps on the node lies below it. */
  readonly dataDir: string;
  /** The cluster's name server; absent when there is none. */
  readonly clusterDns?: string | undefined;
  /** `cluster.local` by default. */
  readonly clusterDomain?: string | undefined;
  /** Path of the cgroup that holds the pods'; unique per node of a machine. `/knarr-NODE` by default. */
  readonly cgroupRoot?: string | undefined;
  /** Resolves when nothing sends traffic to a deleted pod any more; waited for at most 2 s, until the signal aborts. */
  readonly drained?: ((pod: Pod, signal: AbortSignal) => Promise<unknown>) | undefined;
  /** Port of the agent's door at `nodeIp`, for `status.daemonEndpoints`; 0, none, by default. */
  readonly port?: number | undefined;
  /** How often the node's lease is renewed and its status looked at; 10 s by default. */
  readonly heartbeatMs?: number | undefined;
  /** 110 by default. */
  readonly podsMax?: number | undefined;
  /** Operations of the runtime at once; 6 by default. */
  readonly parallelMax?: number | undefined;
  /** How often the runtime is listed as a safety net; 10 s by default. */
  readonly relistMs?: number | undefined;
}
