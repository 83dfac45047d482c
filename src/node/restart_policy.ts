import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";

/** Whether a container that ended is to be started again, by the pod's policy, its own, and its own rules. */
export function shouldRestart(pod: Pod, container: Container, exitCode: number): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const { operator, values = [] } = rule.exitCodes ?? { operator: "" };
    const listed = values.includes(exitCode);
    if (rule.action === "Restart" && (operator === "In" ? listed : operator === "NotIn" && !listed)) return true;
  }
  const policy = container.restartPolicy ?? pod.spec.restartPolicy;
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** As `shouldRestart`, for an init container: where pods restart always, init containers do so on failure only. */
export function shouldRetryInit(pod: Pod, container: Container, exitCode: number): boolean {
  if (exitCode === 0) return false;
  return (container.restartPolicy ?? pod.spec.restartPolicy) !== "Never" || shouldRestart(pod, container, exitCode);
}

/** An init container that goes on running beside the others. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}
