import { GRPC, GrpcError, type GrpcChannel } from "#sys/grpc.ts";
import { RuntimeFailure } from "../runtime_errors.ts";
import { CONTAINERD, CRI_NAMESPACE } from "./messages.ts";

const SIGKILL = 9;

/**
 * Whether CRI cannot remove a container because of a task it knows nothing of: one that a start had made when it was
 * cut off by its caller's death.
 */
export function isTaskLeft(error: unknown): boolean {
  return error instanceof RuntimeFailure && error.message.includes("cannot delete running task");
}

/** Kills and deletes the container's task by containerd's own service. Nothing happens when it is gone by now. */
export async function endTask(channel: GrpcChannel, containerId: string): Promise<void> {
  const options = { metadata: CRI_NAMESPACE };
  try {
    const ended = channel.unary(CONTAINERD.wait, { containerId, execId: "" }, options);
    await channel.unary(CONTAINERD.kill, { containerId, execId: "", signal: SIGKILL }, options);
    await ended;
    await channel.unary(CONTAINERD.deleteTask, { containerId }, options);
  } catch (error) {
    if (!(error instanceof GrpcError && error.code === GRPC.notFound)) throw error;
  }
}
