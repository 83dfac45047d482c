import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import { podDns } from "./dns_config.ts";
import { ConfigError } from "./config_error.ts";
import { containerEnvironment, expandAll } from "./environment.ts";
import { podHostname } from "./hosts_file.ts";
import { placeOf, type PodContext } from "./pod_context.ts";
import type { ImageUser } from "./pod_facts.ts";
import { ANNOTATIONS, containerHash, LABELS } from "./pod_names.ts";
import { linuxResources } from "./resources.ts";
import { targetOf } from "./pod_containers.ts";
import { historyOf } from "./pod_runtime.ts";
import type { ContainerConfig, ContainerMount, NamespaceOptions, SandboxConfig } from "./runtime_config.ts";
import { containerSecurity, podNamespaces, sandboxSecurity, verifyNonRoot } from "./security.ts";

/** What the runtime is told to make the pod's sandbox of. */
export function sandboxConfig(context: PodContext, pod: Pod, attempt: number): SandboxConfig {
  const { name, namespace, uid, labels, annotations } = pod.metadata;
  const sysctls = Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map((each) => [each.name, each.value]));
  const identity = { [LABELS.podName]: name, [LABELS.podNamespace]: namespace, [LABELS.podUid]: uid };
  return {
    name,
    uid,
    namespace,
    attempt,
    hostname: pod.spec.hostNetwork ? "" : podHostname(pod),
    logDirectory: context.paths.logDirectory(pod),
    dns: podDns(pod, context.dns),
    labels: { ...labels, ...identity },
    annotations: { ...annotations },
    cgroupParent: `${context.cgroupRoot}/${uid}`,
    ...(Object.keys(sysctls).length > 0 && { sysctls }),
    namespaces: podNamespaces(pod),
    security: sandboxSecurity(pod, { seccompDirectory: seccompDirectory(context) }),
  };
}

export interface ContainerStart {
  readonly attempt: number;
  /** What to create it with. */
  readonly image: string;
  readonly user: ImageUser;
  readonly podIp: string;
}

/**
 * What the runtime is told to make a container of.
 *
 * @throws {ConfigError} If something the spec refers to is not there, or the spec forbids what would result.
 */
export async function containerConfig(
  context: PodContext,
  pod: Pod,
  container: Container,
  start: ContainerStart,
): Promise<ContainerConfig> {
  const { paths, references } = context;
  const { uid } = pod.metadata;
  verifyNonRoot(pod, container, start.user);
  const place = placeOf(context, start.podIp);
  const environment = await containerEnvironment({ pod, container, place, services: context.services(), references });
  const mounts = await context.volumes.mounts(pod, container, environment);
  const termination = paths.terminationLog(uid, container.name, start.attempt);
  await context.files.mkdir(termination.slice(0, termination.lastIndexOf("/")));
  await context.files.writeFile(termination, "", { mode: 0o666 });
  return {
    name: container.name,
    attempt: start.attempt,
    image: start.image,
    command: expandAll(container.command, environment),
    args: expandAll(container.args, environment),
    workingDir: container.workingDir ?? "",
    envs: Array.from(environment, ([name, value]) => ({ name, value })),
    mounts: [
      ...mounts,
      ...hostsMount(context, pod, mounts),
      { hostPath: termination, containerPath: container.terminationMessagePath, readonly: false },
    ],
    labels: {
      [LABELS.podName]: pod.metadata.name,
      [LABELS.podNamespace]: pod.metadata.namespace,
      [LABELS.podUid]: uid,
      [LABELS.containerName]: container.name,
    },
    annotations: {
      [ANNOTATIONS.containerHash]: containerHash(container),
      [ANNOTATIONS.restartCount]: String(start.attempt),
      [ANNOTATIONS.image]: container.image ?? "",
      [ANNOTATIONS.terminationMessagePath]: container.terminationMessagePath,
      [ANNOTATIONS.terminationMessagePolicy]: container.terminationMessagePolicy,
    },
    logPath: paths.logFile(container.name, start.attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: linuxResources(pod, container, context.memoryCapacityBytes),
    security: containerSecurity(pod, container, { seccompDirectory: seccompDirectory(context) }),
    namespaces: containerNamespaces(context, pod, container),
  };
}

/**
 * As the pod's, but that a container added for debugging joins the processes of the one it is to look at.
 *
 * @throws {ConfigError} If that one has never been started.
 */
function containerNamespaces(context: PodContext, pod: Pod, container: Container): NamespaceOptions {
  const namespaces = podNamespaces(pod);
  const target = targetOf(container);
  if (target === "") return namespaces;
  const [newest] = historyOf(context.view.of(pod.metadata.uid), target);
  if (newest === undefined) throw new ConfigError(`unable to find target container ${target}`);
  // Where processes are shared anyway it sees them all.
  return namespaces.pid === "CONTAINER" ? { ...namespaces, pid: "TARGET", targetId: newest.id } : namespaces;
}

/** Our `/etc/hosts`, unless the pod brings its own. */
function hostsMount({ paths }: PodContext, pod: Pod, mounts: readonly ContainerMount[]): ContainerMount[] {
  if (mounts.some((mount) => mount.containerPath === "/etc/hosts")) return [];
  return [{ hostPath: paths.hostsFile(pod.metadata.uid), containerPath: "/etc/hosts", readonly: false }];
}

function seccompDirectory({ paths }: PodContext): string {
  return `${paths.dataDir}/seccomp`;
}
