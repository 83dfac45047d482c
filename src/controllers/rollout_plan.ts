import type { Deployment } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import type { Pod } from "#api/core/pod.ts";
import { parseTime } from "#api/time.ts";
import { generationsOf } from "./deployment_revision.ts";
import { nextStep, type Stand } from "./deployment_step.ts";
import { readyTime } from "./pod_state.ts";
import { RolloutModel, type Pace } from "./rollout_model.ts";

/** ReplicaSets that change their sizes at one moment, and what there is right afterwards. */
export interface PlannedStep {
  /** Milliseconds from the beginning. */
  readonly atMs: number;
  readonly scales: readonly { readonly replicaSet: string; readonly from: number; readonly to: number }[];
  /** Pods that are not on their way out. */
  readonly pods: number;
  /** Pods that can serve. */
  readonly available: number;
}

/** What a rollout will do if every new pod becomes available and no old one is lost. */
export interface RolloutPlan {
  readonly steps: readonly PlannedStep[];
  /** The most pods at any time, those on their way out not counted. */
  readonly peakPods: number;
  /** The same with those on their way out: what nodes and quotas must have room for. */
  readonly peakWithTerminating: number;
  /** The fewest pods that can serve at any time. */
  readonly minServing: number;
  /** Where it ends: `complete`, or what it cannot get past by itself (`paused`). */
  readonly ends: Stand;
  /** Milliseconds until then. */
  readonly expectedMs: number;
}

const DEFAULT_PACE: Pace = { readyMs: 1_000, goneMs: 1_000 };
/** No rollout takes more: each pass moves a pod at least, twice at most. */
const PASSES_PER_POD = 4;
const PASSES_MIN = 100;

/**
 * Imagines a rollout from where it stands to its end, by the decisions that the controller itself takes.
 *
 * @param sets The deployment's ReplicaSets.
 */
export function planRollout(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  pace: Pace = DEFAULT_PACE,
): RolloutPlan {
  const model = new RolloutModel(deployment, generationsOf(deployment, sets), pace);
  const steps: PlannedStep[] = [];
  let ends: Stand = "moving";
  const most = PASSES_MIN + PASSES_PER_POD * (deployment.spec.replicas + model.pods);
  for (let pass = 0; pass < most; pass++) {
    const { stand, scales } = nextStep(deployment, model.generations, () => model.hasOldPods);
    ends = stand;
    if (stand === "creating") model.create();
    else if (scales.length > 0) {
      const before = scales.map(({ replicaSet, to }) => ({
        replicaSet: replicaSet.metadata.name,
        from: replicaSet.spec.replicas,
        to,
      }));
      model.scale(scales);
      steps.push({ atMs: model.nowMs, scales: before, pods: model.pods, available: model.available });
    } else if (stand === "complete" || !model.advance()) break;
  }
  const { peakPods, peakWithTerminating, minServing, nowMs: expectedMs } = model;
  return { steps, peakPods, peakWithTerminating, minServing, ends, expectedMs };
}

/** The pace at which these pods came, by their median; what nothing is known of is one second. */
export function paceOf(pods: readonly Pod[]): Pace {
  const startsMs = pods.flatMap((pod) => {
    const since = readyTime(pod);
    return since === undefined ? [] : [parseTime(since) - parseTime(pod.metadata.creationTimestamp)];
  });
  const median = startsMs.toSorted((a, b) => a - b)[Math.floor(startsMs.length / 2)];
  return { ...DEFAULT_PACE, readyMs: median ?? DEFAULT_PACE.readyMs };
}
