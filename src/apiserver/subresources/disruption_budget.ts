import type { Pod } from "#api/core/pod.ts";
import { PodDisruptionBudget } from "#api/policy/poddisruptionbudget.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import { formatTime } from "#api/time.ts";
import type { Call } from "../context.ts";
import { objectOf, storagePrefix } from "../object_codec.ts";
import { forbidden, StatusError } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";

/** Granted evictions that the disruption controller has not seen yet, at most (MaxDisruptedPodSize). */
const DISRUPTED_MAX = 2000;

/** A refusal that clients such as `kubectl drain` try again. */
export function evictionRefused(retryAfterSeconds: number, cause: string): StatusError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new StatusError(429, "TooManyRequests", message, {
    causes: [{ reason: "DisruptionBudget", message: cause }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}

/**
 * Takes the eviction of a pod out of its budget. Free when the pod is not ready and so was not counted.
 *
 * @throws {StatusError} 429 when the budget does not allow it, 500 when several budgets are for the pod.
 */
export async function chargeBudget(call: Call, pod: Pod, dryRun: boolean) {
  const [budget, another] = budgetsOf(call, pod);
  if (another) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new StatusError(500, "", message);
  }
  if (!budget) return { budget: "", isFree: false };
  const { name, namespace } = budget.metadata;
  if (isUncounted(pod, budget)) return { budget: name, isFree: true };
  const { server } = call;
  const now = formatTime(server.clock.now());
  await changeStored(server.store, PodDisruptionBudget, { name, namespace }, dryRun, (stored) => {
    const charged = structuredClone(stored) as unknown as PodDisruptionBudget;
    checkBudget(charged);
    const { status } = charged;
    status.disruptionsAllowed--;
    if (status.disruptionsAllowed === 0) {
      status.conditions = (status.conditions ?? []).map((each) =>
        each.type === "DisruptionAllowed"
          ? { ...each, status: "False", reason: "InsufficientPods", lastTransitionTime: now }
          : each,
      );
    }
    status.disruptedPods = { ...status.disruptedPods, [pod.metadata.name]: now };
    return { write: charged as unknown as typeof stored };
  });
  return { budget: name, isFree: false };
}

function budgetsOf({ server }: Call, { metadata }: Pod): PodDisruptionBudget[] {
  const { entries } = server.store.range(storagePrefix(PodDisruptionBudget, metadata.namespace));
  return entries
    .map((entry) => objectOf(entry) as unknown as PodDisruptionBudget)
    .filter(
      ({ spec }) => spec.selector !== undefined && labelSelectorMatcher(spec.selector).matches(metadata.labels ?? {}),
    );
}

/** Whether a pod that is not ready may go without being charged for. */
function isUncounted(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (pod.status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True")) return false;
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

function checkBudget({ metadata, status }: PodDisruptionBudget): void {
  const { name } = metadata;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw evictionRefused(10, `The disruption budget ${name} is still being processed by the server.`);
  }
  const resource = { group: "policy", plural: "poddisruptionbudget" };
  if (status.disruptionsAllowed < 0) throw forbidden(resource, name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_MAX) {
    const why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    throw forbidden(resource, name, why);
  }
  if (status.disruptionsAllowed > 0) return;
  const condition = status.conditions?.find(({ type }) => type === "DisruptionAllowed");
  if (condition?.reason === "SyncFailed") {
    const why = `does not allow evicting pods currently because it failed sync: ${condition.message}`;
    throw evictionRefused(0, `The disruption budget ${name} ${why}`);
  }
  const { desiredHealthy, currentHealthy } = status;
  const why = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  throw evictionRefused(0, `The disruption budget ${name} ${why}`);
}
