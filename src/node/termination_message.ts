import type { Files } from "#sys/files.ts";
import { parseLogLines } from "./log_line.ts";
import { ANNOTATIONS } from "./pod_names.ts";
import type { ContainerStatus } from "./runtime.ts";

/** Bounds of kubelet (pkg/kubelet/container/runtime.go). */
const MESSAGE_BYTES_MAX = 4096;
const LOG_BYTES_MAX = 2048;
const LOG_LINES_MAX = 80;

/** What a container that has ended left as its last words: its message file, or its log when told to fall back. */
export async function terminationMessage(files: Files, container: ContainerStatus): Promise<string> {
  const { annotations, mounts, exitCode, reason } = container;
  const path = annotations[ANNOTATIONS.terminationMessagePath];
  const hostPath = mounts.find((mount) => mount.containerPath === path)?.hostPath;
  const message = hostPath ? await files.readText(hostPath).catch(() => "") : "";
  const fallBack = annotations[ANNOTATIONS.terminationMessagePolicy] === "FallbackToLogsOnError";
  if (message !== "" || !fallBack || (exitCode === 0 && reason !== "OOMKilled"))
    return clip(message, MESSAGE_BYTES_MAX);
  const log = await files.readText(container.logPath).catch(() => "");
  const lines = parseLogLines(log).slice(-LOG_LINES_MAX);
  return clip(lines.map((line) => line.text + (line.partial ? "" : "\n")).join(""), LOG_BYTES_MAX);
}

/** The last `bytesMax` bytes. */
function clip(text: string, bytesMax: number): string {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= bytesMax ? text : new TextDecoder().decode(bytes.subarray(-bytesMax));
}
