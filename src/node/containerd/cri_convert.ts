import type {
  ContainerConfigInput,
  ContainerItemData,
  ContainerStatsData,
  ContainerStatusData,
  ImageData,
  LinuxResourcesInput,
  PodSandboxData,
  SandboxConfigInput,
} from "./cri_messages.ts";
import type {
  ContainerConfig,
  LinuxResources,
  NamespaceOptions,
  SandboxConfig,
  SandboxSecurity,
  Seccomp,
} from "../runtime_config.ts";
import type { Container, ContainerState, ContainerStats, ContainerStatus, Image, Sandbox } from "../runtime.ts";

const NAMESPACE_MODES = { POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3 } as const;
const PROPAGATIONS = { None: 0, HostToContainer: 1, Bidirectional: 2 } as const;
const CONTAINER_STATES: readonly ContainerState[] = ["CREATED", "RUNNING", "EXITED", "UNKNOWN"];

/** What containers do not get to see or write unless told (kubelet's defaults: pkg/securitycontext/util.go). */
const MASKED_PATHS = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** The runtime counts nanoseconds since the epoch; the negative year-1 time stands for "never". */
function milliseconds(nanoseconds: bigint): number {
  return nanoseconds <= 0n ? 0 : Number(nanoseconds / 1000n) / 1000;
}

function namespaceOptions(options: NamespaceOptions) {
  return {
    network: NAMESPACE_MODES[options.network],
    pid: NAMESPACE_MODES[options.pid],
    ipc: NAMESPACE_MODES[options.ipc],
    targetId: options.targetId,
  };
}

function seccompProfile(seccomp: Seccomp | undefined) {
  if (seccomp === undefined) return undefined;
  if (seccomp.type === "Localhost") return { profileType: 2, localhostRef: seccomp.path };
  return { profileType: seccomp.type === "RuntimeDefault" ? 0 : 1 };
}

const int64Value = (value: number | undefined) => (value === undefined ? undefined : { value });

/** What both a sandbox's and a container's security context hold. */
function commonSecurity(security: SandboxSecurity) {
  return {
    privileged: security.privileged,
    runAsUser: int64Value(security.runAsUser),
    runAsGroup: int64Value(security.runAsGroup),
    supplementalGroups: security.supplementalGroups,
    readonlyRootfs: security.readonlyRootfs,
    seccomp: seccompProfile(security.seccomp),
  };
}

export function sandboxConfigMessage(config: SandboxConfig): SandboxConfigInput {
  const { name, uid, namespace, attempt } = config;
  return {
    metadata: { name, uid, namespace, attempt },
    // A hostname without a UTS namespace of its own is refused by runc.
    hostname: config.namespaces.network === "NODE" ? "" : config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: config.dns,
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        ...commonSecurity(config.security ?? {}),
        namespaceOptions: namespaceOptions(config.namespaces),
      },
    },
  };
}

export function resourcesMessage(resources: LinuxResources): LinuxResourcesInput {
  return {
    cpuPeriod: resources.cpuPeriod,
    cpuQuota: resources.cpuQuota,
    cpuShares: resources.cpuShares,
    memoryLimitInBytes: resources.memoryLimitBytes,
    oomScoreAdj: resources.oomScoreAdj,
  };
}

export function containerConfigMessage(config: ContainerConfig): ContainerConfigInput {
  const { security } = config;
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.envs.map(({ name, value }) => ({ key: name, value })),
    mounts: config.mounts.map(({ propagation, ...mount }) => ({
      ...mount,
      propagation: PROPAGATIONS[propagation ?? "None"],
    })),
    devices: config.devices,
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: resourcesMessage(config.resources),
      securityContext: {
        ...commonSecurity(security),
        capabilities: { addCapabilities: security.addCapabilities, dropCapabilities: security.dropCapabilities },
        namespaceOptions: namespaceOptions(config.namespaces),
        noNewPrivs: security.noNewPrivileges,
        // The runtime takes an empty list as "none": the usual ones must be named.
        maskedPaths: security.maskedPaths ?? MASKED_PATHS,
        readonlyPaths: security.readonlyPaths ?? READONLY_PATHS,
      },
    },
  };
}

export function sandboxOf(data: PodSandboxData): Sandbox {
  return {
    id: data.id,
    name: data.metadata?.name ?? "",
    uid: data.metadata?.uid ?? "",
    namespace: data.metadata?.namespace ?? "",
    attempt: data.metadata?.attempt ?? 0,
    state: data.state === 0 ? "READY" : "NOTREADY",
    createdAtMs: milliseconds(data.createdAt),
    labels: data.labels,
    annotations: data.annotations,
  };
}

export function containerOf(data: ContainerItemData): Container {
  return {
    id: data.id,
    sandboxId: data.podSandboxId,
    name: data.metadata?.name ?? "",
    attempt: data.metadata?.attempt ?? 0,
    state: CONTAINER_STATES[data.state] ?? "UNKNOWN",
    createdAtMs: milliseconds(data.createdAt),
    image: data.image?.image ?? "",
    labels: data.labels,
    annotations: data.annotations,
  };
}

/** What containerd says of a start whose caller died meanwhile: it was cut off between, or within, the steps of it. */
const CUT_OFF = /context canceled|failed to start shim: .*signal: killed/;

/**
 * Whether a start was given up because its caller died meanwhile. containerd then takes back what it had begun and says
 * EXITED, although nothing ever ran; it must not count as a restart. While it does so there is an end without a start,
 * and the reason is made up from the exit code.
 */
function wasUndone(data: ContainerStatusData): boolean {
  if (data.reason === "StartError") return CUT_OFF.test(data.message);
  return CONTAINER_STATES[data.state] === "EXITED" && milliseconds(data.startedAt) <= 0;
}

export function containerStatusOf(data: ContainerStatusData): ContainerStatus {
  const state = wasUndone(data) ? "CREATED" : (CONTAINER_STATES[data.state] ?? "UNKNOWN");
  const startedAtMs = state === "CREATED" ? 0 : milliseconds(data.startedAt);
  return {
    id: data.id,
    name: data.metadata?.name ?? "",
    attempt: data.metadata?.attempt ?? 0,
    state,
    createdAtMs: milliseconds(data.createdAt),
    image: data.image?.image ?? "",
    labels: data.labels,
    annotations: data.annotations,
    ...(startedAtMs > 0 && { startedAtMs }),
    // The start is noted after the process began: one that ended at once seems to have ended before.
    ...(state === "EXITED" && {
      finishedAtMs: Math.max(startedAtMs, milliseconds(data.finishedAt)),
      exitCode: data.exitCode,
    }),
    reason: data.reason,
    message: data.message,
    imageRef: data.imageRef,
    imageId: data.imageId || data.imageRef,
    logPath: data.logPath,
    mounts: data.mounts.map(({ hostPath, containerPath, readonly }) => ({ hostPath, containerPath, readonly })),
  };
}

export function imageOf(data: ImageData): Image {
  return {
    id: data.id,
    tags: data.repoTags,
    digests: data.repoDigests,
    sizeBytes: data.size,
    ...(data.uid && { uid: data.uid.value }),
    ...(data.username !== "" && { username: data.username }),
    pinned: data.pinned,
  };
}

export function containerStatsOf(data: ContainerStatsData): ContainerStats {
  return {
    containerId: data.attributes?.id ?? "",
    timestampMs: milliseconds(data.cpu?.timestamp ?? 0n),
    cpuNanoseconds: data.cpu?.usageCoreNanoSeconds?.value ?? 0n,
    memoryWorkingSetBytes: data.memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: data.memory?.usageBytes?.value ?? 0,
    memoryRssBytes: data.memory?.rssBytes?.value ?? 0,
    filesystemUsedBytes: data.writableLayer?.usedBytes?.value ?? 0,
  };
}
