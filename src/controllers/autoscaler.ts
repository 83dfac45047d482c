import type { Scale } from "#api/autoscaling/scale.ts";
import {
  HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerStatus,
} from "#api/autoscaling/horizontalpodautoscaler.ts";
import type { MetricStatus } from "#api/autoscaling/metric_status.ts";
import { Pod } from "#api/core/pod.ts";
import { parseQuantity } from "#api/quantity.ts";
import type { KindRegistry } from "#api/registry.ts";
import { LabelSelectorError, parseLabelSelector, type LabelMatcher } from "#api/selectors/labels.ts";
import { formatTime } from "#api/time.ts";
import type { Client } from "#client/client.ts";
import { controller, watching, type Context, type Controller } from "#client/controller.ts";
import { statusEqual } from "#client/equality.ts";
import { propose, ProposalError, type Proposal } from "./autoscaler_metric.ts";
import { MetricsApi, noMatch } from "./autoscaler_metrics_api.ts";
import {
  behaviorOf,
  limitReplicas,
  NO_HISTORY,
  scaledHistory,
  type Finding,
  type History,
} from "./autoscaler_limits.ts";
import type { Tolerances } from "./autoscaler_replicas.ts";

type Condition = "AbleToScale" | "ScalingActive" | "ScalingLimited";

/** kube-controller-manager --horizontal-pod-autoscaler-sync-period. */
const SYNC_MS = 15_000;
/** kube-controller-manager --horizontal-pod-autoscaler-tolerance. */
const TOLERANCE = 0.1;

/**
 * Keeps the replicas of workloads where their metrics ask for. It looks every fifteen seconds whatever changes: figures
 * change without an event.
 */
export function autoscalerController(registry: KindRegistry): Controller<typeof HorizontalPodAutoscaler> {
  const memory = new Map<string, Memory>();
  return controller({
    name: "horizontal-pod-autoscaler",
    component: "horizontal-pod-autoscaler",
    for: HorizontalPodAutoscaler,
    watches: [watching(Pod, () => [])],
    paceMs: () => SYNC_MS,

    async reconcile(autoscaler, context) {
      if (autoscaler.metadata.deletionTimestamp !== undefined) return undefined;
      const key = `${autoscaler.metadata.namespace}/${autoscaler.metadata.name}`;
      const known = memory.get(key);
      const remembered = known?.uid === autoscaler.metadata.uid ? known : undefined;
      const pass = new Pass(autoscaler, context, registry, memory, remembered?.history ?? NO_HISTORY);
      memory.set(key, { uid: autoscaler.metadata.uid, history: NO_HISTORY, ...remembered });
      const status = await pass.run();
      if (!statusEqual(status, autoscaler.status)) {
        await context.client.updateStatus(HorizontalPodAutoscaler, { ...autoscaler, status });
      }
      return { requeueAfterMs: SYNC_MS };
    },

    async gone({ namespace, name }) {
      memory.delete(`${namespace}/${name}`);
    },
  });
}

/** What is kept of an autoscaler from pass to pass. */
interface Memory {
  readonly uid: string;
  readonly history: History;
  /** Which pods its target has, as last seen. */
  readonly selector?: LabelMatcher;
}

/** What the metrics together ask for. Undefined replicas: it cannot be told. */
interface Wish {
  readonly replicas: number | undefined;
  readonly name: string;
  readonly statuses: MetricStatus[];
  /** Why some metric has no say. */
  readonly problem: string | undefined;
}

/** One look at one autoscaler. */
class Pass {
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #context: Context;
  readonly #registry: KindRegistry;
  readonly #memory: Map<string, Memory>;
  #history: History;
  #conditions: NonNullable<HorizontalPodAutoscalerStatus["conditions"]>;

  constructor(
    autoscaler: HorizontalPodAutoscaler,
    context: Context,
    registry: KindRegistry,
    memory: Map<string, Memory>,
    history: History,
  ) {
    this.#autoscaler = autoscaler;
    this.#context = context;
    this.#registry = registry;
    this.#memory = memory;
    this.#history = history;
    this.#conditions = autoscaler.status.conditions ?? [];
  }

  /** Scales the target if need be; returns what the status should say. */
  async run(): Promise<HorizontalPodAutoscalerStatus> {
    const { status } = this.#autoscaler;
    let target: Target;
    try {
      target = await getTarget(this.#autoscaler, this.#context.client, this.#registry);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#warn("FailedGetScale", message);
      const text = `the HPA controller was unable to get the target's current scale: ${message}`;
      this.#set("AbleToScale", { status: "False", reason: "FailedGetScale", message: text });
      return { ...status, conditions: this.#conditions };
    }
    const text = "the HPA controller was able to get the target's current scale";
    this.#set("AbleToScale", { status: "True", reason: "SucceededGetScale", message: text });
    return this.#scaleTarget(target);
  }

  async #scaleTarget(target: Target): Promise<HorizontalPodAutoscalerStatus> {
    const { status, spec } = this.#autoscaler;
    const { clock } = this.#context;
    const current = target.scale.spec.replicas ?? 0;
    if (this.#history.recommendations.length === 0) {
      const recommendations = [{ atMs: clock.now(), replicas: current }];
      this.#history = { ...this.#history, recommendations };
    }
    this.#remember({ history: this.#history });
    const decision = await this.#decide(target.scale, current, { min: spec.minReplicas, max: spec.maxReplicas });
    const { statuses: currentMetrics } = decision;
    const seen = { currentReplicas: current, currentMetrics, lastScaleTime: status.lastScaleTime };
    if (decision.replicas === undefined) return this.#said({ ...seen, desiredReplicas: status.desiredReplicas });
    if (decision.replicas === current) return this.#said({ ...seen, desiredReplicas: current });
    const scaled = await this.#rescale(target, current, decision.replicas, decision.reason);
    if (!scaled) return this.#said({ ...seen, desiredReplicas: status.desiredReplicas });
    return this.#said({ ...seen, desiredReplicas: decision.replicas, lastScaleTime: formatTime(clock.now()) });
  }

  /** How many replicas there should be, and why; undefined when it cannot be told. */
  async #decide(scale: Scale, current: number, { min, max }: { readonly min: number; readonly max: number }) {
    if (current === 0 && min !== 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      this.#set("ScalingActive", { status: "False", reason: "ScalingDisabled", message });
      return { replicas: 0, reason: "", statuses: [] };
    }
    if (current > max) {
      return { replicas: max, reason: "Current number of replicas above Spec.MaxReplicas", statuses: [] };
    }
    if (current < min) {
      return { replicas: min, reason: "Current number of replicas below Spec.MinReplicas", statuses: [] };
    }
    const wish = await this.#wish(scale);
    if (wish.replicas === undefined) {
      this.#warn("FailedComputeMetricsReplicas", wish.problem ?? "");
      return { replicas: undefined, reason: "", statuses: wish.statuses };
    }
    const behavior = this.#autoscaler.spec.behavior && behaviorOf(this.#autoscaler.spec.behavior);
    const bounds = { current, min, max };
    const limited = limitReplicas(wish.replicas, bounds, behavior, this.#history, this.#context.clock.now());
    this.#set("AbleToScale", limited.ableToScale);
    this.#set("ScalingLimited", limited.scalingLimited);
    this.#history = limited.history;
    this.#remember({ history: this.#history });
    const reason = wish.replicas > current ? `${wish.name} above target` : "All metrics below target";
    return { replicas: limited.replicas, reason: wish.replicas === current ? "" : reason, statuses: wish.statuses };
  }

  /** The most any metric asks for. With one of which nothing is known, replicas are never taken away. */
  async #wish(scale: Scale): Promise<Wish> {
    const metrics = this.#autoscaler.spec.metrics ?? [];
    const nothing = { replicas: undefined, name: "", statuses: [] };
    const selected = this.#selectedPods(scale.status.selector ?? "");
    if (typeof selected === "string") return { ...nothing, problem: selected };
    const { namespace } = this.#autoscaler.metadata;
    const api = new MetricsApi(this.#context.client, this.#registry);
    const current = scale.spec.replicas ?? 0;
    const place = {
      namespace,
      selector: scale.status.selector ?? "",
      current,
      has: scale.status.replicas,
      pods: selected,
      tolerances: tolerancesOf(this.#autoscaler),
      nowMs: this.#context.clock.now(),
    };
    let best: Proposal | undefined;
    const failures: ProposalError[] = [];
    const statuses: MetricStatus[] = [];
    for (const metric of metrics) {
      try {
        const proposal = await propose(metric, place, api);
        statuses.push(proposal.status);
        if (best === undefined || best.replicas === 0 || proposal.replicas > best.replicas) best = proposal;
      } catch (error) {
        if (!(error instanceof ProposalError)) throw error;
        this.#warn(error.reason, error.why);
        statuses.push({ type: "" });
        failures.push(error);
      }
    }
    const [first] = failures;
    const invalid = `invalid metrics (${failures.length} invalid out of ${metrics.length})`;
    const problem = first && `${invalid}, first error is: ${first.message}`;
    if (first && (best === undefined || best.replicas < current)) {
      const message = `the HPA was unable to compute the replica count: ${first.why}`;
      this.#set("ScalingActive", { status: "False", reason: first.reason, message });
      return { ...nothing, statuses, problem };
    }
    const name = best?.name ?? "";
    const message = `the HPA was able to successfully calculate a replica count from ${name}`;
    this.#set("ScalingActive", { status: "True", reason: "ValidMetricFound", message });
    return { replicas: best?.replicas ?? 0, name, statuses, problem };
  }

  /** The target's pods, or why they cannot be told. */
  #selectedPods(text: string): readonly Pod[] | string {
    const refuse = (reason: string, event: string, message: string, told = message) => {
      this.#warn(event, told);
      this.#set("ScalingActive", { status: "False", reason, message });
      return told;
    };
    if (text === "") {
      const message = "the HPA target's scale is missing a selector";
      return refuse("InvalidSelector", "SelectorRequired", message, "selector is required");
    }
    let selector: LabelMatcher;
    try {
      selector = parseLabelSelector(text);
    } catch (error) {
      if (!(error instanceof LabelSelectorError)) throw error;
      const message = `couldn't convert selector into a corresponding internal selector object: ${error.message}`;
      return refuse("InvalidSelector", "InvalidSelector", message);
    }
    this.#remember({ selector });
    const { namespace } = this.#autoscaler.metadata;
    const pods = this.#context
      .cache(Pod)
      .list(namespace)
      .filter(({ metadata }) => selector.matches(metadata.labels ?? {}));
    const rivals = this.#selecting(namespace, pods);
    if (rivals.length < 2) return pods;
    const names = rivals.map((name) => `{${name} ${namespace}}`).join(" ");
    const message = `pods by selector ${text} are controlled by multiple HPAs: [${names}]`;
    return refuse("AmbiguousSelector", "AmbiguousSelector", message);
  }

  /** Names of the namespace's autoscalers whose targets have one of these pods. */
  #selecting(namespace: string, pods: readonly Pod[]): string[] {
    const prefix = `${namespace}/`;
    return [...this.#memory]
      .filter(([key, { selector }]) => {
        return key.startsWith(prefix) && pods.some(({ metadata }) => selector?.matches(metadata.labels ?? {}));
      })
      .map(([key]) => key.slice(prefix.length))
      .toSorted();
  }

  /** Whether the target took the new number. */
  async #rescale({ kind, scale }: Target, from: number, to: number, reason: string): Promise<boolean> {
    const { client, events, clock } = this.#context;
    try {
      await client.updateScale(kind, { ...scale, spec: { ...scale.spec, replicas: to } });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#warn("FailedRescale", `New size: ${to}; reason: ${reason}; error: ${why}`);
      const message = `the HPA controller was unable to update the target scale: ${why}`;
      this.#set("AbleToScale", { status: "False", reason: "FailedUpdateScale", message });
      return false;
    }
    const message = `the HPA controller was able to update the target scale to ${to}`;
    this.#set("AbleToScale", { status: "True", reason: "SucceededRescale", message });
    events.event(this.#autoscaler, "Normal", "SuccessfulRescale", `New size: ${to}; reason: ${reason}`);
    const { behavior } = this.#autoscaler.spec;
    this.#history = scaledHistory(this.#history, behavior && behaviorOf(behavior), { from, to }, clock.now());
    this.#remember({ history: this.#history });
    return true;
  }

  #said(status: Omit<HorizontalPodAutoscalerStatus, "conditions">): HorizontalPodAutoscalerStatus {
    return { ...status, conditions: this.#conditions };
  }

  #warn(reason: string, message: string): void {
    this.#context.events.event(this.#autoscaler, "Warning", reason, message);
  }

  #remember(what: Partial<Memory>): void {
    const { namespace, name, uid } = this.#autoscaler.metadata;
    const key = `${namespace}/${name}`;
    this.#memory.set(key, { history: NO_HISTORY, ...this.#memory.get(key), ...what, uid });
  }

  #set(type: Condition, finding: Finding): void {
    const known = this.#conditions.find((each) => each.type === type);
    const lastTransitionTime =
      known?.status === finding.status ? known.lastTransitionTime : formatTime(this.#context.clock.now());
    const condition = { type, ...finding, lastTransitionTime };
    this.#conditions = known
      ? this.#conditions.map((each) => (each === known ? condition : each))
      : [...this.#conditions, condition];
  }
}

/** How far off its target each direction may be. */
function tolerancesOf({ spec: { behavior } }: HorizontalPodAutoscaler): Tolerances {
  const of = (text: string | undefined) => {
    if (text === undefined) return TOLERANCE;
    const { value, scale } = parseQuantity(text);
    return Number(value) * 10 ** scale;
  };
  return { up: of(behavior?.scaleUp?.tolerance), down: of(behavior?.scaleDown?.tolerance) };
}

/** What is scaled, and how it stands. */
interface Target {
  readonly kind: Parameters<Client["getScale"]>[0];
  readonly scale: Scale;
}

/** @throws When there is no such kind, no such object, or it cannot be scaled. */
async function getTarget(
  { metadata, spec: { scaleTargetRef: ref } }: HorizontalPodAutoscaler,
  client: Client,
  registry: KindRegistry,
): Promise<Target> {
  const { apiVersion = "" } = ref;
  if (apiVersion.split("/").length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  const kinds = [...registry.all()].filter((each) => each.kind === ref.kind && each.group === group);
  let failure: unknown = new Error(noMatch(ref.kind, group));
  for (const [at, kind] of kinds.entries()) {
    try {
      return { kind, scale: await client.getScale(kind, { namespace: metadata.namespace, name: ref.name }) };
    } catch (error) {
      if (at === 0) failure = error;
    }
  }
  throw failure;
}
