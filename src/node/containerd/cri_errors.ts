import { GRPC, GrpcError } from "#sys/grpc.ts";
import {
  ExecTimeout,
  ImagePullError,
  NotFound,
  RuntimeFailure,
  RuntimeUnavailable,
  StartError,
} from "../runtime_errors.ts";

/** Runs a call of the runtime's and turns how it failed into the interface's own errors. */
export async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw runtimeError(error);
  }
}

export function runtimeError(error: unknown): unknown {
  if (!(error instanceof GrpcError)) return error;
  if (error.code === GRPC.unavailable || error.code === GRPC.canceled) {
    return new RuntimeUnavailable(error.message, { cause: error });
  }
  if (error.code === GRPC.notFound) return new NotFound(error.message, { cause: error });
  return new RuntimeFailure(error.message, { cause: error });
}

/** Why a container's or a command's first process did not come to run. */
export function startError(error: unknown): unknown {
  const known = runtimeError(error);
  return known instanceof RuntimeFailure ? new StartError(known.message, { cause: error }) : known;
}

export function execError(error: unknown, command: readonly string[], timeoutMs: number): unknown {
  if (error instanceof GrpcError && error.code === GRPC.deadlineExceeded) return new ExecTimeout(command, timeoutMs);
  // "failed to exec in container: failed to start exec …": the command, not the container, is at fault.
  if (error instanceof GrpcError && error.message.includes("failed to start exec")) return startError(error);
  return runtimeError(error);
}

/** Told apart by containerd's own words: most of its failures carry no code but "unknown". */
export function pullError(error: unknown): unknown {
  if (!(error instanceof GrpcError)) return error;
  const { code, message } = error;
  if (code === GRPC.unavailable && !message.includes("failed to pull")) return runtimeError(error);
  if (message.includes("invalid reference format")) return new ImagePullError("invalidName", message);
  if (/\b(401|403)\b|[Uu]nauthorized|authorization failed|insufficient_scope|denied/.test(message)) {
    return new ImagePullError("unauthorized", message);
  }
  if (code === GRPC.notFound) return new ImagePullError("notFound", message);
  if (/dial tcp|no such host|i\/o timeout|connection re(fused|set)|TLS handshake/.test(message)) {
    return new ImagePullError("unreachable", message);
  }
  return new ImagePullError("other", message);
}
