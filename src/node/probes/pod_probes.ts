import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { Probe } from "#api/core/probe.ts";
import type { Clock } from "#base/clock.ts";
import type { EventRecorder } from "#client/events.ts";
import { containerEvent } from "../node_events.ts";
import { isInPostStart, type ProbeState } from "../pod_facts.ts";
import { mayRun, type PodRuntime } from "../pod_runtime.ts";
import { isSidecar } from "../restart_policy.ts";
import type { ContainerStatus } from "../runtime.ts";
import { Arrival, declaredPorts } from "./arrival.ts";
import { attemptProbe, type ProbeDoors, type ProbeTarget } from "./attempt.ts";
import { ProbeRun } from "./probe_run.ts";

export interface PodProbesOptions extends ProbeDoors {
  readonly clock: Clock;
  readonly events: EventRecorder;
  /** Called when a verdict has changed something. */
  readonly changed: () => void;
}

type ProbeName = "startup" | "liveness" | "readiness";

interface Probed {
  state: ProbeState;
  readonly runs: Map<ProbeName | "arrival", Pick<ProbeRun, "stop">>;
  readonly container: Container;
}

/** The probes of one pod's running containers. */
export class PodProbes {
  readonly #options: PodProbesOptions;
  readonly #containers = new Map<string, Probed>();

  constructor(options: PodProbesOptions) {
    this.#options = options;
  }

  /** What was found so far, by container id. */
  get states(): ReadonlyMap<string, ProbeState> {
    return new Map(Array.from(this.#containers, ([id, { state }]) => [id, state]));
  }

  /**
   * Probes what runs and nothing else. A pod on its way out is asked for readiness only, so that a container which is
   * already stopping is not killed for being slow.
   *
   * @param busy Keys of the operations under way: what has not been started to the end is not probed.
   */
  follow(
    pod: Pod,
    runtime: PodRuntime,
    podIp: string,
    { ending, busy }: { readonly ending: boolean; readonly busy: ReadonlySet<string> },
  ): void {
    const specs = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
    const running = new Map(runtime.containers.filter(mayRun).map((container) => [container.id, container]));
    for (const [id, probed] of this.#containers) {
      if (running.has(id)) continue;
      for (const run of probed.runs.values()) run.stop();
      this.#containers.delete(id);
    }
    for (const [id, status] of running) {
      const container = specs.find((each) => each.name === status.name);
      if (container === undefined || status.state !== "RUNNING") continue;
      const known = this.#containers.get(id);
      if (known) {
        if (ending) for (const name of ["startup", "liveness"] as const) known.runs.get(name)?.stop();
      } else if (!ending && !isInPostStart(container, busy)) this.#begin(pod, container, status, podIp);
    }
  }

  stop(): void {
    for (const { runs } of this.#containers.values()) for (const run of runs.values()) run.stop();
    this.#containers.clear();
  }

  #begin(pod: Pod, container: Container, status: ContainerStatus, podIp: string): void {
    const { startupProbe, readinessProbe } = container;
    const before = reportedState(pod, status.id);
    const waits = readinessProbe !== undefined || this.#awaitsArrival(container, status);
    const state = {
      started: before?.started ?? startupProbe === undefined,
      // What an agent before us found out holds until we know better: our start is no reason to send nobody there.
      ready: before?.ready ?? !waits,
    };
    const probed: Probed = { state, runs: new Map(), container };
    this.#containers.set(status.id, probed);
    const target = { container, containerId: status.id, podIp };
    if (!state.ready && readinessProbe === undefined) this.#awaitArrival(probed, status, podIp);
    if (startupProbe && !state.started) this.#run(pod, probed, "startup", startupProbe, status, target);
    else this.#beginLasting(pod, probed, status, target);
  }

  /** Only where no probe of the pod's own says when it is there. */
  #awaitsArrival(container: Container, status: ContainerStatus): boolean {
    const { startupProbe, readinessProbe } = container;
    const asks = startupProbe === undefined && readinessProbe === undefined && declaredPorts(container).length > 0;
    const now = this.#options.clock.now();
    return asks && !Arrival.isOver(status.startedAtMs ?? now, now);
  }

  #awaitArrival(probed: Probed, status: ContainerStatus, podIp: string): void {
    const { clock, dialer, changed } = this.#options;
    const arrival = new Arrival({
      clock,
      dialer,
      host: podIp,
      ports: declaredPorts(probed.container),
      startedMs: status.startedAtMs ?? clock.now(),
      arrived: () => {
        probed.state = { ...probed.state, ready: true };
        changed();
      },
    });
    probed.runs.set("arrival", arrival);
  }

  /** The two that go on for the container's life, from when it has started. */
  #beginLasting(pod: Pod, probed: Probed, status: ContainerStatus, target: ProbeTarget): void {
    const { livenessProbe, readinessProbe } = probed.container;
    if (livenessProbe) this.#run(pod, probed, "liveness", livenessProbe, status, target);
    if (readinessProbe) this.#run(pod, probed, "readiness", readinessProbe, status, target);
  }

  #run(pod: Pod, probed: Probed, name: ProbeName, probe: Probe, status: ContainerStatus, target: ProbeTarget): void {
    const { clock, events, changed } = this.#options;
    const title = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const run = new ProbeRun({
      probe,
      clock,
      startedMs: status.startedAtMs ?? clock.now(),
      // A command costs a process each time; a connection costs nothing worth saving.
      eager: name !== "liveness" && probe.exec === undefined,
      attempt: () => attemptProbe(this.#options, probe, target),
      failed: (message) =>
        containerEvent(events, pod, target.container.name, "Warning", "Unhealthy", `${title} probe failed: ${message}`),
      verdict: (success) => {
        const before = probed.state;
        probed.state = judge(before, name, success, probe);
        if (name === "startup" && success) {
          run.stop();
          this.#beginLasting(pod, probed, status, target);
        }
        if (name !== "readiness" && !success) for (const each of probed.runs.values()) each.stop();
        const { started, ready, failed } = probed.state;
        if (started !== before.started || ready !== before.ready || failed !== before.failed) changed();
      },
    });
    probed.runs.set(name, run);
  }
}

/** What the API was last told of this very container. */
function reportedState(pod: Pod, containerId: string): { started: boolean; ready: boolean } | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  const reported = [...containerStatuses, ...initContainerStatuses].find(
    (each) => each.containerID === `containerd://${containerId}` && each.state?.running !== undefined,
  );
  return reported && { started: reported.started ?? false, ready: reported.ready };
}

function judge(state: ProbeState, name: ProbeName, success: boolean, probe: Probe): ProbeState {
  if (name === "readiness") return { ...state, ready: success };
  if (!success) {
    return { ...state, ready: false, failed: { probe: name, graceSeconds: probe.terminationGracePeriodSeconds } };
  }
  return name === "startup" ? { ...state, started: true } : state;
}
