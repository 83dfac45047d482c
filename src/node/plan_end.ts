import type { Action, Ending, PodFacts, PodPlan } from "./pod_facts.ts";
import { mayRun } from "./pod_runtime.ts";
import { isSidecar } from "./restart_policy.ts";

/** A container that is told to stop gets at least this long (kubelet's minimumGracePeriodInSeconds). */
const GRACE_SECONDS_MIN = 2;

/**
 * What a pod on its way out needs next: the barrier, then its containers (sidecars last), then its network, then its
 * object in the API, then its files. Each stage waits until the one before is seen to be done.
 */
export function planEnd(facts: PodFacts, ending: Ending): PodPlan {
  const actions = stage(facts, ending);
  return { actions: actions.filter((action) => !facts.busy.has(action.key)), waiting: new Map() };
}

/** Whether no container runs; a start or sandbox creation under way may yet bring one up that must be stopped. */
export function nothingRuns({ runtime, busy }: PodFacts): boolean {
  if (runtime.containers.some(mayRun)) return false;
  return ![...busy].some((key) => key === "sandbox" || key.startsWith("start:"));
}

function stage(facts: PodFacts, ending: Ending): Action[] {
  const { runtime, busy } = facts;
  const running = runtime.containers.filter(mayRun);
  if (running.length > 0) {
    if (!ending.drained) return [{ do: "drain", key: "drain" }];
    return stopContainers(facts, ending);
  }
  if (!nothingRuns(facts) || [...busy].some((key) => key.startsWith("stop:"))) return [];
  const ready = runtime.sandboxes.filter((sandbox) => sandbox.state === "READY");
  if (ready.length > 0) return ready.map(({ id }) => ({ do: "stopSandbox", key: `sandbox:${id}`, id }));
  if ([...busy].some((key) => key === "volumes" || key.startsWith("sandbox:"))) return [];
  // A finalizer may keep the object: it has been asked for once, and that is enough.
  if (facts.cleaned) return [];
  if (ending.cause === "deleted") return [{ do: "release", key: "release" }];
  return [{ do: "cleanUp", key: "cleanUp", all: ending.cause === "removed" }];
}

function stopContainers(facts: PodFacts, ending: Ending): Action[] {
  const { pod, nowMs, runtime } = facts;
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map((container) => container.name));
  const running = runtime.containers.filter(mayRun);
  const others = running.filter((container) => !sidecars.has(container.name));
  // Sidecars serve the others to their end; among themselves the one started last goes first.
  const order = [...sidecars].toReversed();
  const last = running.filter((container) => sidecars.has(container.name));
  last.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const now = others.length > 0 ? others : last.slice(0, 1);
  const leftSeconds = ending.graceSeconds - Math.floor((nowMs - ending.startedMs) / 1000);
  const graceSeconds = Math.max(GRACE_SECONDS_MIN, leftSeconds);
  // A grace period cut short by a second deletion is a new operation beside the one under way.
  const suffix = `:${ending.startedMs + ending.graceSeconds * 1000}`;
  return now.map(({ id, name }) => ({
    do: "stopContainer",
    key: `stop:${id}${suffix}`,
    id,
    container: name,
    graceSeconds,
    message: `Stopping container ${name}`,
  }));
}
