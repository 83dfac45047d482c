import type { GrpcMethod } from "#sys/grpc.ts";
import type { Message } from "#sys/protobuf.ts";
import * as cri from "./cri_messages.ts";

const method =
  (service: string) =>
  <In, Out, A, B>(name: string, request: Message<In, A>, response: Message<B, Out>): GrpcMethod<In, Out> => ({
    path: `/${service}/${name}`,
    request,
    response: response as Message<never, Out>,
  });

const runtime = method("runtime.v1.RuntimeService");
const images = method("runtime.v1.ImageService");

/** The calls of runtime.v1.RuntimeService and ImageService that the agent makes. */
export const CRI = {
  version: runtime("Version", cri.Empty, cri.VersionResponse),
  status: runtime("Status", cri.Empty, cri.StatusResponse),
  runPodSandbox: runtime("RunPodSandbox", cri.RunPodSandboxRequest, cri.IdRequest),
  podSandboxStatus: runtime("PodSandboxStatus", cri.StatusRequest, cri.PodSandboxStatusResponse),
  stopPodSandbox: runtime("StopPodSandbox", cri.IdRequest, cri.Empty),
  removePodSandbox: runtime("RemovePodSandbox", cri.IdRequest, cri.Empty),
  listPodSandbox: runtime("ListPodSandbox", cri.Empty, cri.ListPodSandboxResponse),
  createContainer: runtime("CreateContainer", cri.CreateContainerRequest, cri.IdRequest),
  startContainer: runtime("StartContainer", cri.IdRequest, cri.Empty),
  stopContainer: runtime("StopContainer", cri.StopContainerRequest, cri.Empty),
  removeContainer: runtime("RemoveContainer", cri.IdRequest, cri.Empty),
  listContainers: runtime("ListContainers", cri.Empty, cri.ListContainersResponse),
  containerStatus: runtime("ContainerStatus", cri.StatusRequest, cri.ContainerStatusResponse),
  updateContainerResources: runtime("UpdateContainerResources", cri.UpdateResourcesRequest, cri.Empty),
  reopenContainerLog: runtime("ReopenContainerLog", cri.IdRequest, cri.Empty),
  listContainerStats: runtime("ListContainerStats", cri.Empty, cri.ListContainerStatsResponse),
  execSync: runtime("ExecSync", cri.ExecSyncRequest, cri.ExecSyncResponse),
  attach: runtime("Attach", cri.AttachRequest, cri.UrlResponse),
  portForward: runtime("PortForward", cri.PortForwardRequest, cri.UrlResponse),
  imageStatus: images("ImageStatus", cri.ImageRequest, cri.ImageStatusResponse),
  listImages: images("ListImages", cri.Empty, cri.ListImagesResponse),
  pullImage: images("PullImage", cri.PullImageRequest, cri.PullImageResponse),
  removeImage: images("RemoveImage", cri.ImageRequest, cri.Empty),
  imageFsInfo: images("ImageFsInfo", cri.Empty, cri.ImageFsInfoResponse),
} as const;
