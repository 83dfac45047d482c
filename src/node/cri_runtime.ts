import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { ByteStream, ExecSession } from "#base/streams.ts";
import type { Files } from "#sys/files.ts";
import { GrpcChannel, type GrpcMethod } from "#sys/grpc.ts";
import type { RunCommand } from "#sys/process.ts";
import { forwardPort } from "#sys/streams/spdy_remote.ts";
import { dialTcp, isRefused } from "#sys/tcp.ts";
import { execInContainer } from "./containerd/exec.ts";
import * as convert from "./containerd/cri_convert.ts";
import { execError, pullError, startError, translated } from "./containerd/cri_errors.ts";
import { followEvents } from "./containerd/cri_events.ts";
import { CRI } from "./containerd/cri_service.ts";
import { importArchive } from "./containerd/image_import.ts";
import { endTask, isTaskLeft } from "./containerd/lost_task.ts";
import { attachStreams } from "./containerd/cri_streams.ts";
import type { ContainerConfig, LinuxResources, SandboxConfig } from "./runtime_config.ts";
import { NotFound, RuntimeFailure } from "./runtime_errors.ts";
import type {
  Container,
  ContainerStats,
  ContainerStatus,
  ExecResult,
  FilesystemUse,
  Image,
  ImageAuth,
  Runtime,
  RuntimeCondition,
  RuntimeEvent,
  RuntimeVersion,
  Sandbox,
  SandboxStatus,
} from "./runtime.ts";

interface CriRuntimeOptions {
  /** containerd's unix socket. */
  readonly socket: string;
  /** For FIFOs of commands under way; made when missing. */
  readonly directory: string;
  readonly run: RunCommand;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** kubelet's runtimeRequestTimeout, 2 minutes, and its double for what sets up networks. */
const CALL_MS = 120_000;
const SANDBOX_MS = 240_000;
const DIAL_MS = 10_000;

/** The runtime over CRI, with containerd's own services where CRI has no call for what is needed. */
export class CriRuntime implements Runtime {
  readonly #channel: GrpcChannel;
  readonly #options: CriRuntimeOptions;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  #following: AbortController | undefined;

  constructor(options: CriRuntimeOptions) {
    this.#options = options;
    this.#channel = new GrpcChannel(options.socket);
  }

  /** Ends the connection and all subscriptions; containers are untouched. */
  close(): void {
    this.#listeners.clear();
    this.#following?.abort();
    this.#following = undefined;
    this.#channel.close();
  }

  async version(): Promise<RuntimeVersion> {
    const { runtimeName, runtimeVersion } = await this.#call(CRI.version, {});
    // Debian's version has its packaging after a tilde: 1.6.20~ds1.
    return { name: runtimeName, version: runtimeVersion.replace(/^v/, "") };
  }

  async conditions(): Promise<RuntimeCondition[]> {
    return (await this.#call(CRI.status, {})).status?.conditions ?? [];
  }

  async listSandboxes(): Promise<Sandbox[]> {
    return (await this.#call(CRI.listPodSandbox, {})).items.map(convert.sandboxOf);
  }

  async listContainers(): Promise<Container[]> {
    return (await this.#call(CRI.listContainers, {})).containers.map(convert.containerOf);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    await this.#options.files.mkdir(config.logDirectory);
    const request = { config: convert.sandboxConfigMessage(config) };
    return (await this.#call(CRI.runPodSandbox, request, SANDBOX_MS)).id;
  }

  async sandboxStatus(sandboxId: string): Promise<SandboxStatus> {
    const { status, info } = await this.#call(CRI.podSandboxStatus, { id: sandboxId, verbose: true });
    if (status === undefined) throw new NotFound(`sandbox ${sandboxId}: not found`);
    const ip = status.network?.ip ?? "";
    return { ...convert.sandboxOf(status), ...(ip !== "" && { ip }), ...networkOf(info["info"]) };
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    await unlessGone(this.#call(CRI.stopPodSandbox, { id: sandboxId }, SANDBOX_MS));
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await this.stopSandbox(sandboxId);
    await unlessGone(this.#call(CRI.removePodSandbox, { id: sandboxId }));
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> {
    const slash = config.logPath.lastIndexOf("/");
    if (slash > 0) await this.#options.files.mkdir(`${sandbox.logDirectory}/${config.logPath.slice(0, slash)}`);
    const request = {
      podSandboxId: sandboxId,
      config: convert.containerConfigMessage(config),
      sandboxConfig: convert.sandboxConfigMessage(sandbox),
    };
    return (await this.#call(CRI.createContainer, request)).id;
  }

  async startContainer(containerId: string): Promise<void> {
    try {
      await this.#channel.unary(CRI.startContainer, { id: containerId }, { timeoutMs: CALL_MS });
    } catch (error) {
      throw startError(error);
    }
  }

  async stopContainer(containerId: string, timeoutSeconds: number): Promise<void> {
    const timeout = Math.max(0, Math.ceil(timeoutSeconds));
    await unlessGone(this.#call(CRI.stopContainer, { containerId, timeout }, timeout * 1000 + CALL_MS));
  }

  async removeContainer(containerId: string): Promise<void> {
    const remove = () => unlessGone(this.#call(CRI.removeContainer, { id: containerId }));
    try {
      await remove();
    } catch (error) {
      if (!isTaskLeft(error)) throw error;
      await endTask(this.#channel, containerId);
      await remove();
    }
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    const { status } = await this.#call(CRI.containerStatus, { id: containerId });
    if (status === undefined) throw new NotFound(`container ${containerId}: not found`);
    return convert.containerStatusOf(status);
  }

  async updateResources(containerId: string, resources: LinuxResources): Promise<void> {
    await this.#call(CRI.updateContainerResources, { containerId, linux: convert.resourcesMessage(resources) });
  }

  async reopenLog(containerId: string): Promise<void> {
    await this.#call(CRI.reopenContainerLog, { id: containerId });
  }

  async execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    // In the runtime's whole seconds. Not as the call's own deadline: that would also cut off its killing the command.
    const timeout = Math.ceil(timeoutMs / 1000);
    const options = timeout > 0 ? { timeoutMs: timeout * 1000 + CALL_MS } : {};
    try {
      return await this.#channel.unary(CRI.execSync, { containerId, cmd: command, timeout }, options);
    } catch (error) {
      throw execError(error, command, timeoutMs);
    }
  }

  async exec(
    containerId: string,
    command: readonly string[],
    session: ExecSession,
    options: { tty: boolean },
  ): Promise<number> {
    const doors = { ...this.#options, channel: this.#channel, directory: `${this.#options.directory}/exec` };
    return execInContainer(doors, containerId, command, session, options.tty);
  }

  async attach(containerId: string, session: ExecSession, options: { stdin: boolean; tty: boolean }): Promise<void> {
    await attachStreams(async (want) => (await this.#call(CRI.attach, { containerId, ...want })).url, session, options);
  }

  async portForward(sandboxId: string, port: number): Promise<ByteStream> {
    const { ip, state } = await this.sandboxStatus(sandboxId);
    if (state !== "READY") throw new RuntimeFailure(`sandbox ${sandboxId} is not running`);
    // From outside first: that connection can be half-closed. What listens on the pod's own 127.0.0.1 refuses it there.
    try {
      return await dialTcp(ip ?? "127.0.0.1", port, DIAL_MS);
    } catch (error) {
      if (ip === undefined || !isRefused(error)) throw error;
    }
    const { url } = await this.#call(CRI.portForward, { podSandboxId: sandboxId, port: [port] });
    return forwardPort(url, port);
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    const { image } = await this.#call(CRI.imageStatus, { image: { image: reference } });
    return image && convert.imageOf(image);
  }

  async pullImage(reference: string, auth?: ImageAuth): Promise<string> {
    try {
      return (await this.#channel.unary(CRI.pullImage, { image: { image: reference }, auth })).imageRef;
    } catch (error) {
      throw pullError(error);
    }
  }

  async listImages(): Promise<Image[]> {
    return (await this.#call(CRI.listImages, {})).images.map(convert.imageOf);
  }

  async removeImage(reference: string): Promise<void> {
    await unlessGone(this.#call(CRI.removeImage, { image: { image: reference } }));
  }

  async importImage(tarPath: string): Promise<string[]> {
    return importArchive(this.#options.run, this.#options.socket, tarPath);
  }

  async imageFilesystem(): Promise<FilesystemUse | undefined> {
    const [use] = (await this.#call(CRI.imageFsInfo, {})).imageFilesystems;
    if (use === undefined) return undefined;
    return {
      mountpoint: use.fsId?.mountpoint ?? "",
      usedBytes: use.usedBytes?.value ?? 0,
      inodesUsed: use.inodesUsed?.value ?? 0,
    };
  }

  async containerStats(): Promise<ContainerStats[]> {
    return (await this.#call(CRI.listContainerStats, {})).stats.map(convert.containerStatsOf);
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#following === undefined) {
      this.#following = new AbortController();
      const { clock, log } = this.#options;
      const emit = (event: RuntimeEvent): void => {
        for (const each of this.#listeners) each(event);
      };
      void followEvents({ channel: this.#channel, clock, log }, emit, this.#following.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#following?.abort();
      this.#following = undefined;
    };
  }

  #call<In, Out>(method: GrpcMethod<In, Out>, request: In, timeoutMs = CALL_MS): Promise<Out> {
    return translated(this.#channel.unary(method, request, { timeoutMs }));
  }
}

/** For calls that take something away: that it is gone already is success. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/** The network namespace's file and a process in it, from the runtime's verbose answer; none on the host's network. */
function networkOf(info: string | undefined): Pick<SandboxStatus, "netnsPath" | "pid"> {
  if (info === undefined) return {};
  const { runtimeSpec, pid } = JSON.parse(info) as {
    runtimeSpec?: { linux?: { namespaces?: { type: string; path?: string }[] } };
    pid?: number;
  };
  const netnsPath = runtimeSpec?.linux?.namespaces?.find((namespace) => namespace.type === "network")?.path;
  return netnsPath === undefined ? {} : { netnsPath, ...(pid && { pid }) };
}
