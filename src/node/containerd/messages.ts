import type { GrpcMethod } from "#sys/grpc.ts";
import { bool, bytes, int32, message, nested, string, type Message } from "#sys/protobuf.ts";

// The fields of containerd's own services (containerd api/services, api/events) that the agent uses, where CRI has no
// call for what is needed: ending a command's input, events, and tasks that CRI has lost sight of.

/** The namespace in which CRI keeps its containers. */
export const CRI_NAMESPACE = { "containerd-namespace": "k8s.io" } as const;

const Empty = message({});
export const Any = message({ typeUrl: string(1), value: bytes(2) });
const GetContainerResponse = message({ container: nested(1, message({ id: string(1), spec: nested(5, Any) })) });
const ExecProcessRequest = message({
  containerId: string(1),
  stdin: string(2),
  stdout: string(3),
  stderr: string(4),
  terminal: bool(5),
  spec: nested(6, Any),
  execId: string(7),
});
const ProcessRequest = message({ containerId: string(1), execId: string(2) });
const ResizePtyRequest = message({ containerId: string(1), execId: string(2), width: int32(3), height: int32(4) });
const CloseIoRequest = message({ containerId: string(1), execId: string(2), stdin: bool(3) });
const KillRequest = message({ containerId: string(1), execId: string(2), signal: int32(3) });
const DeleteTaskRequest = message({ containerId: string(1) });
const WaitResponse = message({ exitStatus: int32(1) });
const SubscribeRequest = message({ filters: string(1) });
const Envelope = message({ topic: string(3), event: nested(4, Any) });

/** `/tasks/start`: the container began to run. */
export const TaskStart = message({ containerId: string(1), pid: int32(2) });
/** `/tasks/exit`: a process ended; `id` is the container's own for its first process, else a command's. */
export const TaskExit = message({ containerId: string(1), id: string(2), pid: int32(3), exitStatus: int32(4) });

const call = <In, Out, A, B>(
  path: string,
  request: Message<In, A>,
  response: Message<B, Out>,
): GrpcMethod<In, Out> => ({
  path: `/containerd.services.${path}`,
  request,
  response: response as Message<never, Out>,
});

export const CONTAINERD = {
  getContainer: call("containers.v1.Containers/Get", message({ id: string(1) }), GetContainerResponse),
  exec: call("tasks.v1.Tasks/Exec", ExecProcessRequest, Empty),
  start: call("tasks.v1.Tasks/Start", ProcessRequest, Empty),
  wait: call("tasks.v1.Tasks/Wait", ProcessRequest, WaitResponse),
  resizePty: call("tasks.v1.Tasks/ResizePty", ResizePtyRequest, Empty),
  closeIo: call("tasks.v1.Tasks/CloseIO", CloseIoRequest, Empty),
  kill: call("tasks.v1.Tasks/Kill", KillRequest, Empty),
  deleteTask: call("tasks.v1.Tasks/Delete", DeleteTaskRequest, Empty),
  deleteProcess: call("tasks.v1.Tasks/DeleteProcess", ProcessRequest, Empty),
  subscribe: call("events.v1.Events/Subscribe", SubscribeRequest, Envelope),
} as const;
