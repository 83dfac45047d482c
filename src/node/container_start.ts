import type { Container } from "#api/core/container.ts";
import { nextBackoff } from "./crash_backoff.ts";
import { ConfigError } from "./config_error.ts";
import { runHook } from "./hooks.ts";
import { containerEvent } from "./node_events.ts";
import { containerConfig, sandboxConfig } from "./pod_config.ts";
import { containerNamed } from "./pod_containers.ts";
import type { PodContext } from "./pod_context.ts";
import type { Action } from "./pod_facts.ts";
import type { OperationTarget } from "./pod_operations.ts";
import { historyOf, podAddress, readySandbox } from "./pod_runtime.ts";
import { RuntimeUnavailable } from "./runtime_errors.ts";

/** When a start that failed before there was a container is tried again. */
const RETRY_MS = 10_000;

type Start = Action & { readonly do: "startContainer" };

/** Makes a container and starts it: configuration, creation, start, postStart hook; each may fail in its own way. */
export async function containerStart(context: PodContext, target: OperationTarget, action: Start): Promise<void> {
  const { view, limiter, runtime } = context;
  const { pod, memory } = target;
  const container = containerNamed(pod, action.container);
  const held = view.of(pod.metadata.uid);
  const sandbox = readySandbox(held);
  const image = memory.images.get(action.container);
  if (container === undefined || sandbox === undefined || image?.state !== "ready") return;
  // Looked at again for the next start: it may have been removed by then, or its policy be Always.
  memory.images.delete(container.name);
  noteRestart(context, target, container);
  const tell = (type: "Normal" | "Warning", reason: string, message: string) =>
    containerEvent(context.events, pod, container.name, type, reason, message);
  const fail = (reason: string, error: unknown) => {
    if (error instanceof RuntimeUnavailable) throw error;
    const message = error instanceof Error ? error.message : String(error);
    tell("Warning", "Failed", `Error: ${message}`);
    const failedAtMs = context.clock.now();
    memory.failures.set(container.name, {
      waiting: { reason, message },
      failedAtMs,
      retryAtMs: failedAtMs + RETRY_MS,
    });
  };
  const podIp = podAddress(pod, held) ?? context.nodeIp;
  const start = { attempt: action.attempt, image: image.image, user: image.user, podIp };
  let config;
  try {
    config = await containerConfig(context, pod, container, start);
  } catch (error) {
    return fail(error instanceof ConfigError ? "CreateContainerConfigError" : "CreateContainerError", error);
  }
  const started = await limiter.run(async () => {
    let id;
    try {
      id = await runtime.createContainer(sandbox.id, config, sandboxConfig(context, pod, sandbox.attempt));
    } catch (error) {
      fail("CreateContainerError", error);
      return undefined;
    }
    tell("Normal", "Created", "Container created");
    await view.refreshContainer(id, sandbox.id);
    try {
      await runtime.startContainer(id);
      memory.failures.delete(container.name);
      tell("Normal", "Started", "Container started");
    } catch (error) {
      // There is a container now, and it has ended: the crash back-off decides when to try again.
      fail("RunContainerError", error);
      const failure = memory.failures.get(container.name);
      if (failure) memory.failures.set(container.name, { ...failure, retryAtMs: 0 });
    }
    await view.refreshContainer(id);
    return memory.failures.has(container.name) ? undefined : id;
  });
  if (started !== undefined) await postStart(context, target, container, started, podIp);
}

/** Counts a restart towards the container's back-off. */
function noteRestart({ view, clock }: PodContext, { pod, memory }: OperationTarget, { name }: Container): void {
  const last = historyOf(view.of(pod.metadata.uid), name)[0];
  if (last?.state !== "EXITED") return;
  const entry = nextBackoff(memory.crashes.get(name), last.finishedAtMs ?? last.createdAtMs, clock.now());
  memory.crashes.set(name, entry);
}

async function postStart(
  context: PodContext,
  { pod }: OperationTarget,
  container: Container,
  id: string,
  podIp: string,
): Promise<void> {
  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return;
  try {
    await runHook(context, hook, { container, containerId: id, podIp });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const tell = (type: "Normal" | "Warning", event: string, message: string) =>
      containerEvent(context.events, pod, container.name, type, event, message);
    tell("Warning", "FailedPostStartHook", `PostStartHook failed: ${reason}`);
    tell("Normal", "Killing", "FailedPostStartHook");
    await context.runtime.stopContainer(id, pod.spec.terminationGracePeriodSeconds);
    await context.view.refreshContainer(id);
  }
}
