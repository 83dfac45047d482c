import type { PodContainer } from "./pod_runtime.ts";
import type { Container, Sandbox, SandboxStatus } from "./runtime.ts";

/** What is held of a sandbox of which the runtime fails to tell more than its list does. */
export function listedSandbox(listed: Sandbox, before: SandboxStatus | undefined): SandboxStatus {
  // The network of one that has stopped is down, whatever was known of it.
  return listed.state === "READY" ? { ...before, ...listed } : listed;
}

/**
 * What is held of a container of which the runtime fails to tell more than its list does. An end that is only listed has
 * the code and reason that containerd itself gives to one it lost account of; without a code it would count as success.
 */
export function listedContainer(listed: Container, before: PodContainer | undefined, logPath: string): PodContainer {
  const known = { startedAtMs: listed.createdAtMs, ...NOTHING_TOLD, logPath, ...before, ...listed };
  if (listed.state !== "EXITED" || before?.state === "EXITED") return known;
  return { ...known, exitCode: 255, reason: "Unknown" };
}

const NOTHING_TOLD = { reason: "", message: "", imageRef: "", imageId: "", mounts: [] };
