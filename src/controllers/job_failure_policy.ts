import type { Job } from "#api/batch/job.ts";
import type {
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from "#api/batch/job_policy.ts";
import type { Pod } from "#api/core/pod.ts";
import { isFailed } from "./job_state.ts";

/** What a failed pod means for its Job. */
interface Verdict {
  readonly action: string;
  /** Why, as the Job's condition tells it when the action is to fail it. */
  readonly message: string;
}

/** The first rule of the policy that fits a failed pod; undefined when none does and the failure counts as usual. */
function verdictOn({ spec }: Job, pod: Pod): Verdict | undefined {
  for (const [at, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const what = rule.onExitCodes ? matchExit(pod, rule.onExitCodes) : matchConditions(pod, rule);
    if (what !== undefined)
      return { action: rule.action, message: `${what} matching ${rule.action} rule at index ${at}` };
  }
  return undefined;
}

/** Whether a failed pod is held against the Job's limits. */
export function countsAsFailure(job: Job, pod: Pod): boolean {
  return verdictOn(job, pod)?.action !== "Ignore";
}

/** Whether a failed pod fails its index at once. */
export function failsIndex(job: Job, pod: Pod): boolean {
  return verdictOn(job, pod)?.action === "FailIndex";
}

/** Why a failed pod ends the whole Job; undefined when none does. */
export function jobFailureMessage(job: Job, pods: readonly Pod[]): string | undefined {
  if (!job.spec.podFailurePolicy) return undefined;
  for (const pod of pods) {
    const verdict = isFailed(job, pod) ? verdictOn(job, pod) : undefined;
    if (verdict?.action === "FailJob") return verdict.message;
  }
  return undefined;
}

function matchExit({ metadata, status }: Pod, rule: PodFailurePolicyOnExitCodesRequirement): string | undefined {
  for (const { name, state } of [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]) {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (rule.containerName !== undefined && rule.containerName !== name)) continue;
    if (rule.values.includes(code) !== (rule.operator === "In")) continue;
    return `Container ${name} for pod ${metadata.namespace}/${metadata.name} failed with exit code ${code}`;
  }
  return undefined;
}

function matchConditions({ metadata, status }: Pod, { onPodConditions = [] }: PodFailurePolicyRule) {
  const isMatch = (pattern: PodFailurePolicyOnPodConditionsPattern) =>
    status.conditions?.some((each) => each.type === pattern.type && each.status === pattern.status) ?? false;
  const found = onPodConditions.find(isMatch);
  return found && `Pod ${metadata.namespace}/${metadata.name} has condition ${found.type}`;
}
