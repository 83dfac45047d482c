import { Pod } from "#api/core/pod.ts";
import { sleep } from "#base/clock.ts";
import { isApiError } from "#client/client.ts";
import { containerStart } from "./container_start.ts";
import { hostNetworkHostsFile, hostsFile } from "./hosts_file.ts";
import { runHook } from "./hooks.ts";
import { containerEvent } from "./node_events.ts";
import { sandboxConfig } from "./pod_config.ts";
import { containerNamed } from "./pod_containers.ts";
import { placeOf, type PodContext } from "./pod_context.ts";
import { acceptQueuesEmpty } from "./accept_queue.ts";
import type { Action } from "./pod_facts.ts";
import type { PodMemory } from "./pod_memory.ts";
import { podAddress, readySandbox } from "./pod_runtime.ts";
import { StatusWriter } from "./status_writer.ts";
import { VolumeError } from "./volumes/volumes.ts";

/** Between attempts that failed for no reason of the pod's own. */
const RETRY_MS = 1000;
const VOLUMES_RETRY_MS = 2000;
/** A pod is told to stop when its drain is not over by then. */
const DRAIN_MS_MAX = 2000;
const GRACE_SECONDS_MIN = 2;

export interface OperationTarget {
  readonly pod: Pod;
  readonly memory: PodMemory;
  readonly status: StatusWriter;
}

/**
 * Carries out one action. Failures that belong to the pod are noted in its memory and told as events; whatever else is
 * thrown is the caller's to log and to try again.
 */
export async function perform(context: PodContext, target: OperationTarget, action: Action): Promise<void> {
  const { runtime, view, limiter } = context;
  switch (action.do) {
    case "prepareVolumes":
      return prepareVolumes(context, target);
    case "runSandbox":
      return runSandbox(context, target, action.attempt);
    case "ensureImage":
      return ensureImage(context, target, action.container);
    case "startContainer":
      return containerStart(context, target, action);
    case "stopContainer":
      return stopContainer(context, target, action);
    case "removeContainer":
      await runtime.removeContainer(action.id);
      await view.refreshContainer(action.id);
      return;
    case "stopSandbox":
      await limiter.run(() => runtime.stopSandbox(action.id));
      await view.refreshSandbox(action.id);
      return;
    case "removeSandbox":
      await limiter.run(() => runtime.removeSandbox(action.id));
      await view.refreshSandbox(action.id);
      return;
    case "drain":
      return drain(context, target);
    case "release":
      return release(context, target);
    case "cleanUp":
      return cleanUp(context, target, action.all);
  }
}

async function prepareVolumes(context: PodContext, { pod, memory }: OperationTarget): Promise<void> {
  const ip = podAddress(pod, context.view.of(pod.metadata.uid)) ?? "";
  memory.volumesStale = false;
  try {
    await context.volumes.prepare(pod, placeOf(context, ip));
    memory.volumes = "ready";
    memory.volumesRenewAtMs = context.volumes.renewAtMs(pod);
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    context.events.event(pod, "Warning", "FailedMount", error.message);
    memory.volumesRenewAtMs = context.clock.now() + VOLUMES_RETRY_MS;
    // What containers have been shown already they keep.
    if (memory.volumes !== "ready") memory.volumes = { retryAtMs: context.clock.now() + VOLUMES_RETRY_MS };
  }
}

async function runSandbox(context: PodContext, { pod, memory }: OperationTarget, attempt: number): Promise<void> {
  const { runtime, view, limiter, files, paths, events, clock, dns } = context;
  if (attempt > 0) {
    events.event(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
  }
  let id: string | undefined;
  try {
    id = await limiter.run(() => runtime.runSandbox(sandboxConfig(context, pod, attempt)));
    const status = await runtime.sandboxStatus(id);
    const hosts = pod.spec.hostNetwork
      ? hostNetworkHostsFile(pod, await files.readText("/etc/hosts").catch(() => ""))
      : hostsFile(pod, status.ip ?? "", dns.clusterDomain);
    const path = paths.hostsFile(pod.metadata.uid);
    await files.mkdir(paths.podDirectory(pod.metadata.uid));
    // Not an atomic write, which would be a sync to disk: nobody reads it before a container mounts it.
    await files.remove(path);
    await files.appendFile(path, hosts);
    await view.refreshSandbox(id);
  } catch (error) {
    memory.sandboxRetryAtMs = clock.now() + RETRY_MS;
    const reason = error instanceof Error ? error.message : String(error);
    events.event(pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${reason}`);
    // Nothing runs in it yet. One that cannot be removed is taken in, so that no other is made beside it.
    const made = id;
    if (made !== undefined) await runtime.removeSandbox(made).catch(() => view.refreshSandbox(made));
  }
}

async function ensureImage(context: PodContext, { pod, memory }: OperationTarget, name: string): Promise<void> {
  const container = containerNamed(pod, name);
  if (container) memory.images.set(name, await context.images.ensure(pod, container));
}

async function stopContainer(
  context: PodContext,
  { pod }: OperationTarget,
  action: Action & { do: "stopContainer" },
): Promise<void> {
  const { runtime, view, clock, events } = context;
  const { id, container: name, graceSeconds, message } = action;
  containerEvent(events, pod, name, "Normal", "Killing", message);
  const startedMs = clock.monotonic();
  const container = containerNamed(pod, name);
  const preStop = container?.lifecycle?.preStop;
  if (container && preStop && graceSeconds > 0) {
    const podIp = podAddress(pod, view.of(pod.metadata.uid)) ?? context.nodeIp;
    const abort = new AbortController();
    const ran = runHook(context, preStop, { container, containerId: id, podIp }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      containerEvent(events, pod, name, "Warning", "FailedPreStopHook", `PreStopHook failed: ${reason}`);
    });
    await Promise.race([ran, sleep(clock, graceSeconds * 1000, abort.signal).catch(() => {})]);
    abort.abort();
  }
  const leftSeconds = graceSeconds - (clock.monotonic() - startedMs) / 1000;
  await runtime.stopContainer(id, Math.max(GRACE_SECONDS_MIN, Math.ceil(leftSeconds)));
  await view.refreshContainer(id);
}

async function drain(context: PodContext, { pod, memory }: OperationTarget): Promise<void> {
  const abort = new AbortController();
  const late = sleep(context.clock, DRAIN_MS_MAX, abort.signal).catch(() => {});
  const quiet = async () => {
    await context.drained?.(pod, abort.signal);
    const { pid } = readySandbox(context.view.of(pod.metadata.uid)) ?? {};
    if (pid !== undefined) await acceptQueuesEmpty(pid, context, abort.signal);
  };
  await Promise.race([quiet().catch(() => {}), late]);
  abort.abort();
  memory.drained = true;
}

/** The last status, then the end of the object in the API. */
async function release(context: PodContext, { pod, memory, status }: OperationTarget): Promise<void> {
  const { client } = context;
  const { name, namespace, uid } = pod.metadata;
  await status.flush();
  try {
    await client.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    // Gone already, or another pod by that name has come.
    if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) throw error;
  }
  // With finalizers the object stays on; there is nothing more for us to do about it.
  memory.cleaned = true;
}

async function cleanUp(context: PodContext, { pod, memory }: OperationTarget, all: boolean): Promise<void> {
  const { runtime, view, files, paths, volumes, images, limiter } = context;
  await volumes.tearDown(pod);
  if (all) {
    const { sandboxes, containers } = view.of(pod.metadata.uid);
    for (const { id } of sandboxes) await limiter.run(() => runtime.removeSandbox(id));
    for (const { id } of containers) await view.refreshContainer(id);
    for (const { id } of sandboxes) await view.refreshSandbox(id);
    await files.remove(paths.logDirectory(pod));
    images.forget(pod);
  }
  memory.cleaned = true;
}
