import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { EventType } from "#client/events.ts";
import type { PodInfo } from "./nodes/pod_info.ts";

/** Records an event about a pod, in the name of the scheduler that `by` is placed by. */
export type Tell = (about: PodInfo, by: PodInfo, type: EventType, reason: string, message: string) => void;

interface ReporterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

type Reason = "Unschedulable" | "SchedulerError";

/** What an event's note may hold; longer ones are cut (scheduler/schedule_one.go truncateMessage). */
const NOTE_MAX = 1024;
const CUT = " ...";

/** Tells in pods' statuses and events why they have no node. Nobody waits for it. */
export class PodReporter {
  readonly #options: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** @param expectedOn The node it is expected on from now on, "" for none; undefined leaves that as it is. */
  unschedulable(pod: PodInfo, message: string, expectedOn: string | undefined): void {
    this.#failed(pod, "Unschedulable", message, expectedOn);
  }

  /** Something went wrong that says nothing of the nodes. */
  error(pod: PodInfo, message: string): void {
    this.#failed(pod, "SchedulerError", message, undefined);
  }

  /** The pod is expected nowhere any more. */
  clearExpectation(pod: PodInfo): void {
    void this.#patch(pod, { nominatedNodeName: null });
  }

  #failed(pod: PodInfo, reason: Reason, message: string, expectedOn: string | undefined): void {
    const note = message.length > NOTE_MAX ? message.slice(0, NOTE_MAX - CUT.length) + CUT : message;
    this.#options.tell(pod, pod, "Warning", "FailedScheduling", note);
    const { metadata, status } = pod.pod;
    const current = status.conditions?.find(({ type }) => type === "PodScheduled");
    const isSaid = current?.status === "False" && current.reason === reason && current.message === message;
    const expected = status.nominatedNodeName ?? "";
    const changes = expectedOn !== undefined && expectedOn !== expected;
    if (isSaid && !changes) return;
    const since = current?.status === "False" ? current.lastTransitionTime : undefined;
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason,
      message,
      lastProbeTime: null,
      lastTransitionTime: since ?? formatTime(this.#options.clock.now()),
      ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    };
    void this.#patch(pod, {
      conditions: [condition],
      ...(changes && { nominatedNodeName: expectedOn === "" ? null : expectedOn }),
    });
  }

  async #patch(pod: PodInfo, status: object): Promise<void> {
    const { client, log } = this.#options;
    const { name, namespace, uid } = pod.pod.metadata;
    const body = { metadata: { uid }, status };
    try {
      await client.patch(Pod, { namespace, name }, { type: "strategic", body }, { subresource: "status" });
    } catch (error) {
      if (isApiError(error, "NotFound") || isApiError(error, "Conflict")) return;
      log.warn("a pod's status was not written", { pod: pod.id, error });
    }
  }
}
