import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import type { Tell } from "../report.ts";
import type { Victims } from "./victims.ts";

interface EvictionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

/** Deletes the victims, each with a condition that says why. One that is gone already is no failure. */
export async function evict({ info, pods }: Victims, preemptor: PodInfo, options: EvictionOptions): Promise<void> {
  await Promise.all(pods.map((victim) => evictOne(victim, info.name, preemptor, options)));
}

async function evictOne(
  victim: PodInfo,
  nodeName: string,
  preemptor: PodInfo,
  { client, clock, log, tell }: EvictionOptions,
): Promise<void> {
  if (victim.isTerminating) return;
  const { uid, namespace, name, generation } = victim.pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "PreemptionByScheduler",
    message: `${preemptor.pod.spec.schedulerName}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: formatTime(clock.now()),
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const body = { metadata: { uid }, status: { conditions: [condition] } };
  try {
    await client.patch(Pod, { namespace, name }, { type: "strategic", body }, { subresource: "status" });
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
    tell(victim, preemptor, "Normal", "Preempted", `Preempted by pod ${preemptor.uid} on node ${nodeName}`);
  } catch (error) {
    if (isApiError(error, "NotFound")) return;
    log.warn("a pod could not be preempted", { pod: victim.id, by: preemptor.id, error });
  }
}
