import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { LABELS } from "./pod_names.ts";
import type { NodePaths } from "./paths.ts";
import { byNewest, NOTHING_RUNS, type PodContainer, type PodRuntime } from "./pod_runtime.ts";
import { NotFound, RuntimeUnavailable } from "./runtime_errors.ts";
import type { Container, Runtime, RuntimeEvent, Sandbox, SandboxStatus } from "./runtime.ts";
import { listedContainer, listedSandbox } from "./untold.ts";

export interface RuntimeViewOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Log;
  /** How often everything is listed though no event asked for it. */
  readonly relistMs: number;
  readonly paths: Pick<NodePaths, "logOfListed">;
  /** Called with the uid of a pod of which something changed. */
  readonly changed: (podUid: string) => void;
}

/**
 * What the runtime holds, pod by pod, kept current by its events, with a list now and then as a safety net. Deciding reads
 * from here, so a decision costs no call.
 */
export class RuntimeView {
  readonly #options: RuntimeViewOptions;
  readonly #sandboxes = new Map<string, SandboxStatus>();
  readonly #containers = new Map<string, PodContainer>();
  /** By pod uid; dropped when something of the pod changes. */
  readonly #pods = new Map<string, PodRuntime>();
  /** Ids of each pod's sandboxes and containers. */
  readonly #members = new Map<string, Set<string>>();
  #unsubscribe: (() => void) | undefined;
  #timer: Timer | undefined;
  #listing: Promise<void> | undefined;
  /** Ids noted while a list is under way, which may not show them yet. */
  #noted = new Set<string>();
  /** Ids whose status the runtime failed to give when last asked; what is held of them is what lists say. */
  readonly #untold = new Set<string>();

  constructor(options: RuntimeViewOptions) {
    this.#options = options;
  }

  /**
   * Resolves when everything that is there is known: of what the runtime fails to tell about, as much as its lists say.
   * Rejects when the runtime does not answer.
   */
  async start(): Promise<void> {
    this.#unsubscribe ??= this.#options.runtime.subscribe((event) => void this.#hear(event));
    await this.relist();
    this.#schedule();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Uids of all pods of which something is there. */
  get podUids(): readonly string[] {
    return [...this.#members.keys()];
  }

  of(podUid: string): PodRuntime {
    const known = this.#pods.get(podUid);
    if (known) return known;
    const ids = this.#members.get(podUid);
    if (ids === undefined) return NOTHING_RUNS;
    const sandboxes = [...ids].flatMap((id) => this.#sandboxes.get(id) ?? []).sort(byNewest);
    const containers = [...ids].flatMap((id) => this.#containers.get(id) ?? []).sort(byNewest);
    const runtime = { sandboxes, containers };
    this.#pods.set(podUid, runtime);
    return runtime;
  }

  container(id: string): PodContainer | undefined {
    return this.#containers.get(id);
  }

  /**
   * Asks for the container's status anew; forgets it when it is gone. A new one comes with its sandbox.
   *
   * @param listed What a list just said of it: all there is to know when the runtime fails to tell more.
   */
  async refreshContainer(id: string, inSandbox?: string, listed?: Container): Promise<PodContainer | undefined> {
    const before = this.#containers.get(id);
    const sandboxId = inSandbox ?? before?.sandboxId;
    const status = await this.#ask(id, {
      ask: async (runtime) => {
        const found = await runtime.containerStatus(id);
        return sandboxId === undefined ? undefined : { ...found, sandboxId };
      },
      list: async (runtime) => (listed ? [listed] : runtime.listContainers()),
      merge: (seen, again) => {
        // How it ended cannot be taken back once it is told: the runtime is asked a second time before it is made up.
        const hasEnded = seen.state === "EXITED" && before?.state === "RUNNING";
        return hasEnded && !again ? before : listedContainer(seen, before, this.#options.paths.logOfListed(seen));
      },
    });
    if (status) this.#containers.set(id, status);
    else this.#containers.delete(id);
    this.#note(id, (status ?? before)?.labels[LABELS.podUid], status !== undefined);
    return status;
  }

  /** Asks for the sandbox's status anew; forgets it when it is gone. `listed` as for containers. */
  async refreshSandbox(id: string, listed?: Sandbox): Promise<SandboxStatus | undefined> {
    const before = this.#sandboxes.get(id);
    const status = await this.#ask(id, {
      ask: (runtime) => runtime.sandboxStatus(id),
      list: async (runtime) => (listed ? [listed] : runtime.listSandboxes()),
      merge: (seen) => listedSandbox(seen, before),
    });
    if (status) this.#sandboxes.set(id, status);
    else this.#sandboxes.delete(id);
    this.#note(id, (status ?? before)?.uid, status !== undefined);
    return status;
  }

  /** Compares with everything the runtime has. */
  relist(): Promise<void> {
    this.#listing ??= this.#relist().finally(() => (this.#listing = undefined));
    return this.#listing;
  }

  async #relist(): Promise<void> {
    this.#noted = new Set();
    const { runtime } = this.#options;
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    const stale: Promise<unknown>[] = [];
    const listed = new Set<string>();
    for (const sandbox of sandboxes) {
      const { id, state } = sandbox;
      listed.add(id);
      const isKnown = this.#sandboxes.get(id)?.state === state && !this.#untold.has(id);
      if (!isKnown) stale.push(this.refreshSandbox(id, sandbox));
    }
    for (const container of containers) {
      const { id, state, sandboxId } = container;
      listed.add(id);
      const isKnown = this.#containers.get(id)?.state === state && !this.#untold.has(id);
      if (!isKnown) stale.push(this.refreshContainer(id, sandboxId, container));
    }
    for (const id of this.#sandboxes.keys()) {
      if (!listed.has(id) && !this.#noted.has(id)) stale.push(this.refreshSandbox(id));
    }
    for (const id of this.#containers.keys()) {
      if (!listed.has(id) && !this.#noted.has(id)) stale.push(this.refreshContainer(id));
    }
    await Promise.all(stale);
  }

  /** The status of one id, or undefined when it is gone. Rejects only when the runtime does not answer. */
  async #ask<Listed extends Sandbox | Container, Status>(id: string, how: Asking<Listed, Status>) {
    const { runtime, log } = this.#options;
    try {
      const status = await how.ask(runtime);
      this.#untold.delete(id);
      return status;
    } catch (error) {
      if (error instanceof RuntimeUnavailable) throw error;
      const seen = error instanceof NotFound ? undefined : (await how.list(runtime)).find((each) => each.id === id);
      if (seen === undefined) {
        this.#untold.delete(id);
        return undefined;
      }
      const again = this.#untold.has(id);
      this.#untold.add(id);
      if (!again) log.warn(`the runtime fails to tell about ${subject(seen)}`, { id, error });
      return how.merge(seen, again);
    }
  }

  async #hear(event: RuntimeEvent): Promise<void> {
    try {
      if (event.kind === "missed") await this.relist();
      else if (this.#containers.has(event.id)) await this.refreshContainer(event.id);
      else if (this.#sandboxes.has(event.id)) await this.refreshSandbox(event.id);
      // Otherwise it is something being created: whoever creates it notes it when it is done.
    } catch (error) {
      this.#options.log.warn("cannot follow the runtime", { error });
    }
  }

  #note(id: string, podUid: string | undefined, present: boolean): void {
    this.#noted.add(id);
    if (podUid === undefined) return;
    const members = this.#members.get(podUid) ?? new Set();
    if (present) members.add(id);
    else members.delete(id);
    if (members.size > 0) this.#members.set(podUid, members);
    else this.#members.delete(podUid);
    this.#pods.delete(podUid);
    this.#options.changed(podUid);
  }

  #schedule(): void {
    this.#timer = this.#options.clock.after(this.#options.relistMs, () => {
      this.relist()
        .catch((error: unknown) => this.#options.log.warn("cannot list containers", { error }))
        .finally(() => this.#timer && this.#schedule());
    });
  }
}

/** How one thing is asked for, and what stands for the answer when the runtime fails to give it. */
interface Asking<Listed, Status> {
  readonly ask: (runtime: Runtime) => Promise<Status>;
  readonly list: (runtime: Runtime) => Promise<readonly Listed[]>;
  /** @param again Whether it failed the last time too. */
  readonly merge: (listed: Listed, again: boolean) => Status;
}

/** What a warning is about, and what comes of it. */
function subject(listed: Sandbox | Container): string {
  const { labels, name, state } = listed;
  const pod = `pod ${labels[LABELS.podNamespace]}/${labels[LABELS.podName]}`;
  const later = "it is asked for again at each list";
  if ("sandboxId" in listed) return `container ${name} of ${pod}, listed as ${state}: taken as listed; ${later}`;
  const outcome =
    state === "READY" ? "left as it is, its address unknown until told" : "a pod that is to run gets another";
  return `the sandbox of ${pod}, listed as ${state}: ${outcome}; ${later}`;
}
