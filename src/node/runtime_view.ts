import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { LABELS } from "./pod_names.ts";
import { byNewest, NOTHING_RUNS, type PodContainer, type PodRuntime } from "./pod_runtime.ts";
import { NotFound } from "./runtime_errors.ts";
import type { Runtime, RuntimeEvent, SandboxStatus } from "./runtime.ts";

export interface RuntimeViewOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Log;
  /** How often everything is listed though no event asked for it. */
  readonly relistMs: number;
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

  constructor(options: RuntimeViewOptions) {
    this.#options = options;
  }

  /** Resolves when everything that is there is known. Rejects when the runtime does not answer. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#options.runtime.subscribe((event) => void this.#hear(event));
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

  /** Asks for the container's status anew; forgets it when it is gone. A new one comes with its sandbox. */
  async refreshContainer(id: string, inSandbox?: string): Promise<PodContainer | undefined> {
    const found = await this.#options.runtime.containerStatus(id).catch(undefinedIfGone);
    const before = this.#containers.get(id);
    const sandboxId = inSandbox ?? before?.sandboxId;
    const status = found && sandboxId !== undefined ? { ...found, sandboxId } : undefined;
    if (status) this.#containers.set(id, status);
    else this.#containers.delete(id);
    this.#note(id, (status ?? before)?.labels[LABELS.podUid], status !== undefined);
    return status;
  }

  async refreshSandbox(id: string): Promise<SandboxStatus | undefined> {
    const status = await this.#options.runtime.sandboxStatus(id).catch(undefinedIfGone);
    const before = this.#sandboxes.get(id);
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
    for (const { id, state } of sandboxes) {
      listed.add(id);
      if (this.#sandboxes.get(id)?.state !== state) stale.push(this.refreshSandbox(id));
    }
    for (const { id, state, sandboxId } of containers) {
      listed.add(id);
      if (this.#containers.get(id)?.state !== state) stale.push(this.refreshContainer(id, sandboxId));
    }
    for (const id of this.#sandboxes.keys()) {
      if (!listed.has(id) && !this.#noted.has(id)) stale.push(this.refreshSandbox(id));
    }
    for (const id of this.#containers.keys()) {
      if (!listed.has(id) && !this.#noted.has(id)) stale.push(this.refreshContainer(id));
    }
    await Promise.all(stale);
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

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof NotFound) return undefined;
  throw error;
}
