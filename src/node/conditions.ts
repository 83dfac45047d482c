import type { ContainerStatus } from "#api/core/container_status.ts";
import type { Pod } from "#api/core/pod.ts";
import type { PodCondition } from "#api/core/pod_status.ts";
import { formatTime } from "#api/time.ts";
import type { PodFacts } from "./pod_facts.ts";
import { podAddress, readySandbox } from "./pod_runtime.ts";
import { isSidecar } from "./restart_policy.ts";

export interface ConditionInput {
  readonly facts: PodFacts;
  readonly inits: readonly ContainerStatus[];
  readonly apps: readonly ContainerStatus[];
  readonly phase: string;
}

interface Finding {
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

const TRUE: Finding = { status: "True" };

/** The conditions the agent owns, in kubelet's order, followed by those of others untouched. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const { pod, nowMs, runtime } = input.facts;
  const containersReady = findContainersReady(input);
  const sandbox = readySandbox(runtime);
  const connected = sandbox !== undefined && (pod.spec.hostNetwork === true || podAddress(pod, runtime) !== undefined);
  const owned: Record<string, Finding> = {
    PodReadyToStartContainers: connected ? TRUE : { status: "False" },
    Initialized: findInitialized(input),
    Ready: findReady(pod, containersReady),
    ContainersReady: containersReady,
    PodScheduled: TRUE,
  };
  const previous = pod.status.conditions ?? [];
  const conditions = Object.entries(owned).map(([type, finding]): PodCondition => {
    const before = previous.find((condition) => condition.type === type);
    const unchanged = before?.status === finding.status && before.lastTransitionTime !== undefined;
    return {
      type,
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      ...finding,
      lastTransitionTime: (unchanged ? before.lastTransitionTime : undefined) ?? formatTime(nowMs),
    };
  });
  return [...conditions, ...previous.filter((condition) => !(condition.type in owned))];
}

function findInitialized({ facts: { pod }, inits, apps, phase }: ConditionInput): Finding {
  const specs = pod.spec.initContainers ?? [];
  const begun = apps.some((status) => status.containerID !== undefined);
  const incomplete = inits.filter((status, i) => {
    const spec = specs[i];
    return spec && isSidecar(spec) ? status.started !== true : !status.ready;
  });
  if (phase === "Succeeded") return { status: "True", reason: "PodCompleted" };
  if (incomplete.length === 0 || begun) return TRUE;
  const names = incomplete.map((status) => status.name).join(" ");
  const message = `containers with incomplete status: [${names}]`;
  return { status: "False", reason: "ContainersNotInitialized", message };
}

function findContainersReady({ facts: { pod }, inits, apps, phase }: ConditionInput): Finding {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const sidecars = inits.filter((_, i) => {
    const spec = pod.spec.initContainers?.[i];
    return spec !== undefined && isSidecar(spec);
  });
  const unready = [...sidecars, ...apps].filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return TRUE;
  const message = `containers with unready status: [${unready.join(" ")}]`;
  return { status: "False", reason: "ContainersNotReady", message };
}

/** Ready is ContainersReady, once all of the pod's readiness gates say True too. */
function findReady(pod: Pod, containersReady: Finding): Finding {
  if (containersReady.status === "False") return containersReady;
  const complaints: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const gate = pod.status.conditions?.find((condition) => condition.type === conditionType);
    if (gate === undefined) {
      complaints.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    } else if (gate.status !== "True") {
      complaints.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
    }
  }
  if (complaints.length === 0) return TRUE;
  return { status: "False", reason: "ReadinessGatesNotReady", message: complaints.join(", ") };
}
