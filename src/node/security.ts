import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { SeccompProfile } from "#api/core/security.ts";
import { ConfigError } from "./config_error.ts";
import type { ImageUser } from "./pod_facts.ts";
import { allContainers } from "./pod_containers.ts";
import { podTitle } from "./pod_names.ts";
import type { ContainerSecurity, NamespaceOptions, SandboxSecurity, Seccomp } from "./runtime_config.ts";

/** Where Localhost seccomp profiles lie. */
export interface SecurityPlace {
  readonly seccompDirectory: string;
}

export function podNamespaces(pod: Pod): NamespaceOptions {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return {
    network: hostNetwork ? "NODE" : "POD",
    pid: hostPID ? "NODE" : shareProcessNamespace ? "POD" : "CONTAINER",
    ipc: hostIPC ? "NODE" : "POD",
  };
}

export function sandboxSecurity(pod: Pod, place: SecurityPlace): SandboxSecurity {
  const { runAsUser, runAsGroup, supplementalGroups, fsGroup, seccompProfile } = pod.spec.securityContext ?? {};
  const groups = [...(supplementalGroups ?? []), ...(fsGroup === undefined ? [] : [fsGroup])];
  // Also those that come later: the runtime refuses a privileged container in a sandbox that is said not to be.
  const privileged = allContainers(pod).some((container) => container.securityContext?.privileged);
  return {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(groups.length > 0 && { supplementalGroups: groups }),
    ...(privileged && { privileged }),
    seccomp: seccomp(seccompProfile, place),
  };
}

/** A container's own settings over the pod's. */
export function containerSecurity(pod: Pod, container: Container, place: SecurityPlace): ContainerSecurity {
  const shared = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])];
  return {
    ...(own.privileged && { privileged: true }),
    ...(own.capabilities?.add && { addCapabilities: own.capabilities.add }),
    ...(own.capabilities?.drop && { dropCapabilities: own.capabilities.drop }),
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(groups.length > 0 && { supplementalGroups: groups }),
    ...(own.readOnlyRootFilesystem && { readonlyRootfs: true }),
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    seccomp: own.privileged ? { type: "Unconfined" } : seccomp(own.seccompProfile ?? shared.seccompProfile, place),
    ...(own.procMount === "Unmasked" && { maskedPaths: [], readonlyPaths: [] }),
  };
}

function seccomp(profile: SeccompProfile | undefined, place: SecurityPlace): Seccomp {
  if (profile?.type === "RuntimeDefault") return { type: "RuntimeDefault" };
  if (profile?.type !== "Localhost") return { type: "Unconfined" };
  return { type: "Localhost", path: `${place.seccompDirectory}/${profile.localhostProfile ?? ""}` };
}

/**
 * Refuses a container that must not run as root and would, or of which that cannot be told.
 *
 * @throws {ConfigError} With kubelet's words (pkg/kubelet/kuberuntime/security_context_others.go).
 */
export function verifyNonRoot(pod: Pod, container: Container, user: ImageUser): void {
  const shared = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  if (!(own.runAsNonRoot ?? shared.runAsNonRoot)) return;
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const where = `(pod: "${podTitle(pod)}", container: ${container.name})`;
  if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (runAsUser !== undefined) return;
  if (user.username) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${user.username}), cannot verify user is non-root ${where}`,
    );
  }
  if ((user.uid ?? 0) === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}
