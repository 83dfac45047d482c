import type { Pod } from "#api/core/pod.ts";
import type { Service } from "#api/core/service.ts";
import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Client } from "#client/client.ts";
import type { EventRecorder } from "#client/events.ts";
import type { Dialer } from "#sys/dialer.ts";
import type { Files } from "#sys/files.ts";
import type { DnsPlace } from "./dns_config.ts";
import type { PodPlace } from "./downward.ts";
import type { ImagePuller } from "./image_puller.ts";
import type { Limiter } from "#base/limiter.ts";
import type { NodePaths } from "./paths.ts";
import type { References } from "./references.ts";
import type { RuntimeView } from "./runtime_view.ts";
import type { Runtime } from "./runtime.ts";
import type { Volumes } from "./volumes/volumes.ts";

/** What all pods of one node share. */
export interface PodContext {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly view: RuntimeView;
  readonly images: ImagePuller;
  readonly volumes: Volumes;
  readonly references: References;
  readonly services: () => readonly Service[];
  readonly events: EventRecorder;
  readonly files: Files;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly paths: NodePaths;
  /** Bounds the runtime's operations at once on this node. */
  readonly limiter: Limiter;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly dns: DnsPlace;
  /** Under which the pods' cgroups lie, for example `/knarr-dev`. */
  readonly cgroupRoot: string;
  readonly allocatable: PodPlace["allocatable"];
  readonly memoryCapacityBytes: number;
  /** Resolves when nothing sends traffic to the pod any more. */
  readonly drained?: ((pod: Pod, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/** Where a pod of this node is, as far as is known. */
export function placeOf(context: PodContext, podIp: string): PodPlace {
  const { nodeName, nodeIp, allocatable } = context;
  return { nodeName, nodeIp, podIp, allocatable };
}
