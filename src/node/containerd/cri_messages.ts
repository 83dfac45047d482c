import {
  bool,
  bytes,
  int32,
  int53,
  int53s,
  int64,
  message,
  messages,
  nested,
  string,
  stringMap,
  strings,
  type DecodedOf,
  type EncodedOf,
} from "#sys/protobuf.ts";

// The fields of runtime.v1 (k8s.io/cri-api api.proto) that the agent uses. Only the numbers travel.

export const Empty = message({});
/** Stands for every request whose only field is an id. */
export const IdRequest = message({ id: string(1) });

const Int64Value = message({ value: int53(1) });
const UInt64Value = message({ value: int53(1) });
const Uint64Big = message({ value: int64(1) });
const DnsConfig = message({ servers: strings(1), searches: strings(2), options: strings(3) });
const NamespaceOption = message({ network: int32(1), pid: int32(2), ipc: int32(3), targetId: string(4) });
const SecurityProfile = message({ profileType: int32(1), localhostRef: string(2) });
const ImageSpec = message({ image: string(1) });
const SandboxMetadata = message({ name: string(1), uid: string(2), namespace: string(3), attempt: int32(4) });
const ContainerMetadata = message({ name: string(1), attempt: int32(2) });
const LinuxResourcesMessage = message({
  cpuPeriod: int53(1),
  cpuQuota: int53(2),
  cpuShares: int53(3),
  memoryLimitInBytes: int53(4),
  oomScoreAdj: int53(5),
});

const SandboxSecurityContext = message({
  namespaceOptions: nested(1, NamespaceOption),
  runAsUser: nested(3, Int64Value),
  readonlyRootfs: bool(4),
  supplementalGroups: int53s(5),
  privileged: bool(6),
  runAsGroup: nested(8, Int64Value),
  seccomp: nested(9, SecurityProfile),
});

const SandboxConfigMessage = message({
  metadata: nested(1, SandboxMetadata),
  hostname: string(2),
  logDirectory: string(3),
  dnsConfig: nested(4, DnsConfig),
  labels: stringMap(6),
  annotations: stringMap(7),
  linux: nested(
    8,
    message({ cgroupParent: string(1), securityContext: nested(2, SandboxSecurityContext), sysctls: stringMap(3) }),
  ),
});

const Capability = message({ addCapabilities: strings(1), dropCapabilities: strings(2) });
const ContainerSecurityContext = message({
  capabilities: nested(1, Capability),
  privileged: bool(2),
  namespaceOptions: nested(3, NamespaceOption),
  runAsUser: nested(5, Int64Value),
  readonlyRootfs: bool(7),
  supplementalGroups: int53s(8),
  noNewPrivs: bool(11),
  runAsGroup: nested(12, Int64Value),
  maskedPaths: strings(13),
  readonlyPaths: strings(14),
  seccomp: nested(15, SecurityProfile),
});
const Mount = message({ containerPath: string(1), hostPath: string(2), readonly: bool(3), propagation: int32(5) });

const ContainerConfigMessage = message({
  metadata: nested(1, ContainerMetadata),
  image: nested(2, ImageSpec),
  command: strings(3),
  args: strings(4),
  workingDir: string(5),
  envs: messages(6, message({ key: string(1), value: string(2) })),
  mounts: messages(7, Mount),
  devices: messages(8, message({ containerPath: string(1), hostPath: string(2), permissions: string(3) })),
  labels: stringMap(9),
  annotations: stringMap(10),
  logPath: string(11),
  stdin: bool(12),
  stdinOnce: bool(13),
  tty: bool(14),
  linux: nested(
    15,
    message({ resources: nested(1, LinuxResourcesMessage), securityContext: nested(2, ContainerSecurityContext) }),
  ),
});

const PodSandbox = message({
  id: string(1),
  metadata: nested(2, SandboxMetadata),
  state: int32(3),
  createdAt: int64(4),
  labels: stringMap(5),
  annotations: stringMap(6),
});
const PodSandboxStatus = message({
  id: string(1),
  metadata: nested(2, SandboxMetadata),
  state: int32(3),
  createdAt: int64(4),
  network: nested(5, message({ ip: string(1) })),
  labels: stringMap(7),
  annotations: stringMap(8),
});
const ContainerItem = message({
  id: string(1),
  podSandboxId: string(2),
  metadata: nested(3, ContainerMetadata),
  image: nested(4, ImageSpec),
  imageRef: string(5),
  state: int32(6),
  createdAt: int64(7),
  labels: stringMap(8),
  annotations: stringMap(9),
});
const ContainerStatusMessage = message({
  id: string(1),
  metadata: nested(2, ContainerMetadata),
  state: int32(3),
  createdAt: int64(4),
  startedAt: int64(5),
  finishedAt: int64(6),
  exitCode: int32(7),
  image: nested(8, ImageSpec),
  imageRef: string(9),
  reason: string(10),
  message: string(11),
  labels: stringMap(12),
  annotations: stringMap(13),
  mounts: messages(14, Mount),
  logPath: string(15),
  imageId: string(17),
});
const ImageMessage = message({
  id: string(1),
  repoTags: strings(2),
  repoDigests: strings(3),
  size: int53(4),
  uid: nested(5, Int64Value),
  username: string(6),
  pinned: bool(8),
});
const AuthConfig = message({
  username: string(1),
  password: string(2),
  auth: string(3),
  serverAddress: string(4),
  identityToken: string(5),
  registryToken: string(6),
});
const FilesystemUsage = message({
  fsId: nested(2, message({ mountpoint: string(1) })),
  usedBytes: nested(3, UInt64Value),
  inodesUsed: nested(4, UInt64Value),
});
const ContainerStatsMessage = message({
  attributes: nested(1, message({ id: string(1) })),
  cpu: nested(2, message({ timestamp: int64(1), usageCoreNanoSeconds: nested(2, Uint64Big) })),
  memory: nested(
    3,
    message({
      workingSetBytes: nested(2, UInt64Value),
      usageBytes: nested(4, UInt64Value),
      rssBytes: nested(5, UInt64Value),
    }),
  ),
  writableLayer: nested(4, FilesystemUsage),
});

export const VersionResponse = message({ runtimeName: string(2), runtimeVersion: string(3) });
const Condition = message({ type: string(1), status: bool(2), reason: string(3), message: string(4) });
export const StatusResponse = message({ status: nested(1, message({ conditions: messages(1, Condition) })) });

export const RunPodSandboxRequest = message({ config: nested(1, SandboxConfigMessage) });
export const StatusRequest = message({ id: string(1), verbose: bool(2) });
export const PodSandboxStatusResponse = message({ status: nested(1, PodSandboxStatus), info: stringMap(2) });
export const ListPodSandboxResponse = message({ items: messages(1, PodSandbox) });

export const CreateContainerRequest = message({
  podSandboxId: string(1),
  config: nested(2, ContainerConfigMessage),
  sandboxConfig: nested(3, SandboxConfigMessage),
});
export const StopContainerRequest = message({ containerId: string(1), timeout: int53(2) });
export const ListContainersResponse = message({ containers: messages(1, ContainerItem) });
export const ContainerStatusResponse = message({ status: nested(1, ContainerStatusMessage), info: stringMap(2) });
export const UpdateResourcesRequest = message({ containerId: string(1), linux: nested(2, LinuxResourcesMessage) });
export const ListContainerStatsResponse = message({ stats: messages(1, ContainerStatsMessage) });

export const ExecSyncRequest = message({ containerId: string(1), cmd: strings(2), timeout: int53(3) });
export const ExecSyncResponse = message({ stdout: bytes(1), stderr: bytes(2), exitCode: int32(3) });
export const AttachRequest = message({
  containerId: string(1),
  stdin: bool(2),
  tty: bool(3),
  stdout: bool(4),
  stderr: bool(5),
});
export const PortForwardRequest = message({ podSandboxId: string(1), port: int53s(2) });
export const UrlResponse = message({ url: string(1) });

export const ImageRequest = message({ image: nested(1, ImageSpec) });
export const ImageStatusResponse = message({ image: nested(1, ImageMessage) });
export const ListImagesResponse = message({ images: messages(1, ImageMessage) });
export const PullImageRequest = message({ image: nested(1, ImageSpec), auth: nested(2, AuthConfig) });
export const PullImageResponse = message({ imageRef: string(1) });
export const ImageFsInfoResponse = message({ imageFilesystems: messages(1, FilesystemUsage) });

export type PodSandboxData = DecodedOf<typeof PodSandbox>;
export type ContainerItemData = DecodedOf<typeof ContainerItem>;
export type ContainerStatusData = DecodedOf<typeof ContainerStatusMessage>;
export type ImageData = DecodedOf<typeof ImageMessage>;
export type ContainerStatsData = DecodedOf<typeof ContainerStatsMessage>;
export type SandboxConfigInput = EncodedOf<typeof SandboxConfigMessage>;
export type ContainerConfigInput = EncodedOf<typeof ContainerConfigMessage>;
export type LinuxResourcesInput = EncodedOf<typeof LinuxResourcesMessage>;
