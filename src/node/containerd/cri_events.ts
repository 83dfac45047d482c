import { sleep, type Clock } from "#base/clock.ts";
import { backoffMs } from "#base/backoff.ts";
import type { Log } from "#base/log.ts";
import type { GrpcChannel } from "#sys/grpc.ts";
import { CONTAINERD, CRI_NAMESPACE, TaskExit, TaskStart } from "./messages.ts";
import { CRI } from "./cri_service.ts";
import type { RuntimeEvent } from "../runtime.ts";

const RECONNECT = { baseMs: 100, maxMs: 5_000 } as const;
/** CRI's own record of an exit follows the event by some tens of milliseconds. */
const SETTLE = { baseMs: 5, maxMs: 500, attemptsMax: 12 } as const;
const EXITED = 2;
const SANDBOX_NOTREADY = 1;

interface EventDoors {
  readonly channel: GrpcChannel;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Follows containerd's task events until `signal` aborts, and calls `emit` for each start and exit of a container or
 * sandbox. After every (re)connection it emits `missed`, as events are not kept for those who were away.
 */
export async function followEvents(
  doors: EventDoors,
  emit: (event: RuntimeEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { channel, clock, log } = doors;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      // A call first: while nobody answers there is nothing to have missed yet.
      await channel.unary(CRI.version, {}, { signal });
      const request = { filters: "namespace==k8s.io,topic~=/tasks/" };
      const envelopes = channel.stream(CONTAINERD.subscribe, request, { metadata: CRI_NAMESPACE, signal });
      const first = envelopes.next();
      emit({ kind: "missed" });
      for (let next = await first; !next.done; next = await envelopes.next()) {
        failures = 0;
        const { topic, event } = next.value;
        if (event === undefined) continue;
        if (topic === "/tasks/start") emit({ kind: "started", id: TaskStart.decode(event.value).containerId });
        if (topic === "/tasks/exit") void exited(doors, event.value, emit, signal);
      }
    } catch (error) {
      if (!signal.aborted) log.debug("the stream of container events broke", { error });
    }
    await sleep(clock, backoffMs(RECONNECT, failures), signal).catch(() => {});
  }
}

async function exited(
  doors: EventDoors,
  data: Uint8Array,
  emit: (event: RuntimeEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { containerId, id, exitStatus } = TaskExit.decode(data);
  // Another id is a command's that was run in the container.
  if (id !== containerId) return;
  for (let attempt = 0; attempt < SETTLE.attemptsMax && !signal.aborted; attempt++) {
    if (await shownAsEnded(doors.channel, id)) break;
    await sleep(doors.clock, backoffMs(SETTLE, attempt), signal).catch(() => {});
  }
  if (!signal.aborted) emit({ kind: "exited", id, exitCode: exitStatus });
}

/** Whether CRI shows the container EXITED, or the sandbox NOTREADY, or neither any more. */
async function shownAsEnded(channel: GrpcChannel, id: string): Promise<boolean> {
  const container = await channel.unary(CRI.containerStatus, { id }).catch(() => undefined);
  if (container?.status) return container.status.state === EXITED;
  const sandbox = await channel.unary(CRI.podSandboxStatus, { id }).catch(() => undefined);
  return sandbox?.status === undefined || sandbox.status.state === SANDBOX_NOTREADY;
}
