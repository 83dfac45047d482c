import { sleep, type Clock } from "#base/clock.ts";
import type { ByteStream, ExecSession } from "#base/streams.ts";
import { FakeContainer } from "./fake_container.ts";
import type { FakeExec, FakeImage, FakeUse } from "./fake_image.ts";
import { FakeImages } from "./fake_images.ts";
import { streamPair } from "./fake_stream.ts";
import type { ContainerConfig, LinuxResources, SandboxConfig } from "./runtime_config.ts";
import { ExecTimeout, NotFound, RuntimeFailure, RuntimeUnavailable, StartError } from "./runtime_errors.ts";
import type {
  Container,
  ContainerStats,
  ContainerStatus,
  ExecResult,
  FilesystemUse,
  Image,
  Runtime,
  RuntimeCondition,
  RuntimeEvent,
  RuntimeVersion,
  Sandbox,
  SandboxState,
  SandboxStatus,
} from "./runtime.ts";

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  /** Images by reference. With `absent` a reference must be pulled first. */
  readonly images?: Readonly<Record<string, FakeImage>>;
  /** References of `images` that are not on the machine yet. */
  readonly absent?: readonly string[];
  /** What an image that `images` does not name is: pullable and like this; absent means no registry has it. */
  readonly anyImage?: FakeImage;
  /** The first three numbers of the pods' addresses, for example `10.244.0`. */
  readonly podNetwork?: string;
  /** Receives container logs in the runtime's format; without it they are kept in `logs`. */
  readonly appendLog?: (path: string, text: string) => void;
  /** Keep `calls`; true by default. Simulated nodes turn it off, as it grows for ever. */
  readonly recordCalls?: boolean;
  /** What a container of a pod uses from now on, where its image does not say. */
  readonly use?: (pod: SandboxConfig, container: string) => FakeUse | undefined;
  readonly latencyMs?: { readonly sandbox?: number; readonly start?: number; readonly stop?: number };
}

interface FakeSandbox {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly createdAtMs: number;
  readonly ip: string | undefined;
  state: SandboxState;
}

const encoder = new TextEncoder();

/**
 * A runtime that runs nothing: containers are programs driven by the clock, so a test decides when what happens and it
 * happens the same way each time. Also the runtime of simulated nodes.
 */
export class FakeRuntime implements Runtime {
  readonly #clock: Clock;
  readonly #options: FakeRuntimeOptions;
  readonly images: FakeImages;
  readonly #sandboxes = new Map<string, FakeSandbox>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  readonly #addresses = new Set<number>();
  #lastId = 0;
  #available = true;
  /** Container logs by whole path. */
  readonly logs = new Map<string, string>();
  /** Calls that changed something, in order, for example `start web`: for tests of what was done and when. */
  readonly calls: string[] = [];
  /** Ids of sandboxes and containers that it lists, but fails to tell more about and to stop. */
  readonly sick = new Set<string>();

  constructor(options: FakeRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.images = new FakeImages(options);
  }

  /** While false every call rejects with RuntimeUnavailable; containers go on. Coming back, events were missed. */
  setAvailable(available: boolean): void {
    const back = available && !this.#available;
    this.#available = available;
    if (back) this.#emit({ kind: "missed" });
  }

  /** The running (else the newest) container of this name in a pod: the handle to make it exit, print and so on. */
  container(podUid: string, name: string): FakeContainer | undefined {
    let found: FakeContainer | undefined;
    for (const container of this.#containers.values()) {
      if (container.name !== name || this.#sandboxes.get(container.sandboxId)?.config.uid !== podUid) continue;
      if (found?.state !== "RUNNING") found = container;
    }
    return found;
  }

  /** The running containers behind a pod's address; behind the machine's own, those on its network. */
  listening(address: string): FakeContainer[] {
    const isThere = ({ ip }: FakeSandbox) => (ip === undefined ? !this.#isPodAddress(address) : ip === address);
    return [...this.#sandboxes.values()]
      .filter((sandbox) => sandbox.state === "READY" && isThere(sandbox))
      .flatMap((sandbox) => this.#containersOf(sandbox.id))
      .filter((container) => container.state === "RUNNING");
  }

  /** As a machine that lost power and came back: what ran is found EXITED 255, Unknown; events were missed. */
  crashMachine(): void {
    this.#available = false;
    for (const container of this.#containers.values()) container.exit(255, "Unknown");
    for (const sandbox of this.#sandboxes.values()) sandbox.state = "NOTREADY";
    this.setAvailable(true);
  }

  async version(): Promise<RuntimeVersion> {
    this.#check();
    return { name: "fake", version: "1.0.0" };
  }

  async conditions(): Promise<RuntimeCondition[]> {
    this.#check();
    return ["RuntimeReady", "NetworkReady"].map((type) => ({ type, status: true, reason: "", message: "" }));
  }

  async listSandboxes(): Promise<Sandbox[]> {
    this.#check();
    return [...this.#sandboxes.values()].map(describe);
  }

  async listContainers(): Promise<Container[]> {
    this.#check();
    return [...this.#containers.values()].map((container) => container.listed());
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    this.#check();
    await this.#take(this.#options.latencyMs?.sandbox);
    this.#record(`runSandbox ${config.namespace}/${config.name}`);
    const id = this.#newId("5a");
    const ip = config.namespaces.network === "NODE" ? undefined : this.#allocateAddress();
    this.#sandboxes.set(id, { id, config, createdAtMs: this.#clock.now(), ip, state: "READY" });
    this.#emit({ kind: "started", id });
    return id;
  }

  async sandboxStatus(sandboxId: string): Promise<SandboxStatus> {
    this.#check(sandboxId);
    const sandbox = this.#sandbox(sandboxId);
    const attached = sandbox.state === "READY" && sandbox.ip !== undefined;
    return {
      ...describe(sandbox),
      ...(attached && { ip: sandbox.ip ?? "", netnsPath: `/run/netns/fake-${sandboxId}` }),
    };
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    this.#check(sandboxId);
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined || sandbox.state === "NOTREADY") return;
    await this.#take(this.#options.latencyMs?.stop);
    this.#record(`stopSandbox ${sandbox.config.namespace}/${sandbox.config.name}`);
    for (const container of this.#containersOf(sandboxId)) container.exit(137);
    sandbox.state = "NOTREADY";
    this.#addresses.delete(Number(sandbox.ip?.split(".")[3]));
    this.#emit({ kind: "exited", id: sandboxId, exitCode: 0 });
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await this.stopSandbox(sandboxId);
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) return;
    this.#record(`removeSandbox ${sandbox.config.namespace}/${sandbox.config.name}`);
    for (const container of this.#containersOf(sandboxId)) this.#containers.delete(container.containerId);
    this.#sandboxes.delete(sandboxId);
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: SandboxConfig): Promise<string> {
    this.#check();
    const sandbox = this.#sandbox(sandboxId);
    if (sandbox.state !== "READY") throw new RuntimeFailure(`sandbox ${sandboxId} is not ready`);
    const found = this.images.present(config.image);
    if (found === undefined) throw new NotFound(`image "${config.image}": not found`);
    this.#record(`createContainer ${config.name}`);
    const id = this.#newId("c0");
    const container = new FakeContainer({
      id,
      sandboxId,
      config,
      image: found.image,
      imageId: found.id,
      logPath: `${sandboxConfig.logDirectory}/${config.logPath}`,
      clock: this.#clock,
      appendLog: (path, text) => this.#appendLog(path, text),
      started: () => this.#emit({ kind: "started", id }),
      exited: () => this.#emit({ kind: "exited", id, exitCode: container.exitCode }),
    });
    this.#containers.set(id, container);
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    this.#check();
    const container = this.#container(containerId);
    await this.#take(this.#options.latencyMs?.start);
    this.#record(`startContainer ${container.name}`);
    if (container.state !== "CREATED") {
      throw new RuntimeFailure(`container ${containerId} is in ${container.state} state`);
    }
    if (container.image.startError !== undefined) {
      container.fail(container.image.startError);
      throw new StartError(container.image.startError);
    }
    container.start();
  }

  async stopContainer(containerId: string, timeoutSeconds: number): Promise<void> {
    this.#check();
    const container = this.#containers.get(containerId);
    if (container === undefined || container.state !== "RUNNING") return;
    this.#record(`stopContainer ${container.name} ${timeoutSeconds}`);
    if (timeoutSeconds <= 0) {
      container.exit(137);
      return;
    }
    const timer = this.#clock.after(timeoutSeconds * 1000, () => container.exit(137));
    container.terminate();
    await container.ended();
    timer.cancel();
  }

  async removeContainer(containerId: string): Promise<void> {
    this.#check();
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    this.#record(`removeContainer ${container.name}`);
    container.exit(137);
    this.#containers.delete(containerId);
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    this.#check(containerId);
    return this.#container(containerId).status();
  }

  async updateResources(containerId: string, _resources: LinuxResources): Promise<void> {
    this.#check();
    this.#record(`updateResources ${this.#container(containerId).name}`);
  }

  async reopenLog(containerId: string): Promise<void> {
    this.#check();
    this.#container(containerId).logReopens++;
  }

  async execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const result = this.#command(containerId, command);
    const durationMs = result.durationMs ?? 0;
    if (timeoutMs > 0 && durationMs > timeoutMs) {
      await this.#take(timeoutMs);
      throw new ExecTimeout(command, timeoutMs);
    }
    await this.#take(durationMs);
    const { exitCode, stdout = "", stderr = "" } = result;
    return { exitCode, stdout: encoder.encode(stdout), stderr: encoder.encode(stderr) };
  }

  async exec(containerId: string, command: readonly string[], session: ExecSession): Promise<number> {
    const result = this.#command(containerId, command);
    if (result.echo) {
      for await (const chunk of session.stdin ?? []) await session.stdout?.write(chunk);
    }
    await this.#take(result.durationMs, session.signal);
    if (result.stdout) await session.stdout?.write(encoder.encode(result.stdout));
    if (result.stderr) await session.stderr?.write(encoder.encode(result.stderr));
    session.stdout?.end();
    session.stderr?.end();
    return result.exitCode;
  }

  async attach(containerId: string, session: ExecSession): Promise<void> {
    this.#check();
    const container = this.#running(containerId);
    const watcher = (line: string, stream: "stdout" | "stderr") =>
      void session[stream]?.write(encoder.encode(`${line}\n`)).catch(() => {});
    container.watchers.add(watcher);
    const gone = new Promise<void>((resolve) => {
      session.signal.addEventListener("abort", () => resolve());
      if (session.signal.aborted) resolve();
    });
    const typing = (async () => {
      for await (const chunk of session.stdin ?? []) container.input(chunk);
    })().catch(() => {});
    await Promise.race([container.ended(), gone, typing.then(() => container.ended())]);
    container.watchers.delete(watcher);
    session.stdout?.end();
    session.stderr?.end();
  }

  async portForward(sandboxId: string, port: number): Promise<ByteStream> {
    this.#check();
    this.#sandbox(sandboxId);
    for (const container of this.#containersOf(sandboxId)) {
      const serve = container.state === "RUNNING" ? container.image.ports?.[port] : undefined;
      if (serve === undefined) continue;
      const [ours, theirs] = streamPair();
      Promise.resolve(serve(theirs)).catch(() => theirs.destroy());
      return ours;
    }
    throw new RuntimeFailure(`dial tcp4 127.0.0.1:${port}: connect: connection refused`);
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    this.#check();
    return this.images.status(reference);
  }

  async pullImage(reference: string): Promise<string> {
    this.#check();
    this.#record(`pullImage ${reference}`);
    await this.#take(this.images.pullMs(reference));
    return this.images.pull(reference);
  }

  async listImages(): Promise<Image[]> {
    this.#check();
    return this.images.list();
  }

  async removeImage(reference: string): Promise<void> {
    this.#check();
    this.#record(`removeImage ${reference}`);
    this.images.remove(reference);
  }

  /** Takes the file's path for the image's name. */
  async importImage(tarPath: string): Promise<string[]> {
    this.#check();
    this.images.add(tarPath, {});
    return [tarPath];
  }

  async imageFilesystem(): Promise<FilesystemUse> {
    this.#check();
    const usedBytes = this.images.list().reduce((sum, image) => sum + image.sizeBytes, 0);
    return { mountpoint: "/", usedBytes, inodesUsed: 0 };
  }

  async containerStats(): Promise<ContainerStats[]> {
    this.#check();
    const running = [...this.#containers.values()].filter((container) => container.state === "RUNNING");
    return running.map((container) => {
      const pod = this.#sandboxes.get(container.sandboxId)?.config;
      return container.stats(pod && this.#options.use?.(pod, container.name));
    });
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #command(containerId: string, command: readonly string[]): FakeExec {
    this.#check();
    const container = this.#running(containerId);
    const result = container.image.exec?.(command, container) ?? { exitCode: 0 };
    if (result !== "missing") return result;
    throw new StartError(`exec: "${command[0]}": executable file not found in $PATH: unknown`);
  }

  #sandbox(id: string): FakeSandbox {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) throw new NotFound(`sandbox ${id}: not found`);
    return sandbox;
  }

  #container(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new NotFound(`container ${id}: not found`);
    return container;
  }

  #running(id: string): FakeContainer {
    const container = this.#container(id);
    if (container.state !== "RUNNING") throw new RuntimeFailure(`container ${id} is not running`);
    return container;
  }

  #containersOf(sandboxId: string): FakeContainer[] {
    return [...this.#containers.values()].filter((container) => container.sandboxId === sandboxId);
  }

  #appendLog(path: string, text: string): void {
    if (this.#options.appendLog) this.#options.appendLog(path, text);
    else this.logs.set(path, (this.logs.get(path) ?? "") + text);
  }

  #record(call: string): void {
    if (this.#options.recordCalls !== false) this.calls.push(call);
  }

  /** Fails while the runtime, or what the call is about, is made to look down. */
  #check(id = ""): void {
    if (!this.#available) throw new RuntimeUnavailable("the fake runtime was made unavailable");
    if (this.sick.has(id)) throw new RuntimeFailure(`${id}: device or resource busy`);
  }

  async #take(durationMs = 0, signal?: AbortSignal): Promise<void> {
    if (durationMs > 0) await sleep(this.#clock, durationMs, signal);
  }

  #newId(prefix: string): string {
    return prefix + (++this.#lastId).toString(16).padStart(62, "0");
  }

  get #podNetwork(): string {
    return this.#options.podNetwork ?? "10.244.0";
  }

  #isPodAddress(address: string): boolean {
    return address.startsWith(`${this.#podNetwork}.`);
  }

  #allocateAddress(): string {
    for (let host = 2; host < 255; host++) {
      if (this.#addresses.has(host)) continue;
      this.#addresses.add(host);
      return `${this.#podNetwork}.${host}`;
    }
    throw new RuntimeFailure("no addresses left in the pod network");
  }

  #emit(event: RuntimeEvent): void {
    if (!this.#available) return;
    for (const listener of this.#listeners) listener(event);
  }
}

function describe(sandbox: FakeSandbox): Sandbox {
  const { id, config, createdAtMs, state } = sandbox;
  const { name, uid, namespace, attempt, labels, annotations } = config;
  return { id, name, uid, namespace, attempt, state, createdAtMs, labels, annotations };
}
