import type { Timer } from "#base/clock.ts";
import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { UpgradeRequest } from "#base/streams.ts";
import { APIService, type APIServiceCondition } from "#api/apiregistration/apiservice.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { equalJson } from "#api/json.ts";
import type { KubeObject } from "#api/object.ts";
import { formatTime } from "#api/time.ts";
import { StoreClosedError, type Change, type Entry, type Watch } from "#store/store.ts";
import type { User } from "../authentication.ts";
import type { ServerContext } from "../context.ts";
import { objectOf, storagePrefix } from "../object_codec.ts";
import type { RequestInfo } from "../request_info.ts";
import { StatusError } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import { LOCAL, lookAt, type Finding } from "./availability.ts";
import { forward, forwardUpgrade, plainRefusal, requestTo } from "./proxy.ts";
import { basePath, newRemoteApi, type RemoteApi } from "./remote_api.ts";
import { fetchDocuments } from "./remote_documents.ts";
import type { ServiceDoor } from "./service_door.ts";
import { isProblem, targetOf } from "./service_target.ts";

type Surroundings = Pick<ServerContext, "store" | "clock" | "random" | "log">;

/** How often an API service is looked at: one that is well (as kube-aggregator), and one that is not. */
const LOOK_MS = { available: 30_000, unavailable: 1_000 } as const;

interface Known {
  readonly remote: RemoteApi;
  timer: Timer | undefined;
  /** A look is under way; `again` when something changed meanwhile. */
  looking: boolean;
  again: boolean;
}

/**
 * The versions of API groups that other servers answer for: knows them from the APIServices in the store, looks
 * whether they are well and says so in their status, and sends requests on to them.
 */
export class Aggregation {
  readonly #server: Surroundings;
  readonly #door: ServiceDoor | undefined;
  /** By name of the APIService. */
  readonly #known = new Map<string, Known>();
  readonly #byPath = new Map<string, Known>();
  readonly #prefix = storagePrefix(APIService);
  readonly #watches: readonly Watch[];
  #isClosed = false;

  constructor(server: Surroundings, door: ServiceDoor | undefined) {
    this.#server = server;
    this.#door = door;
    const { entries, revision } = server.store.range(this.#prefix);
    for (const entry of entries) this.#follow(entry);
    const closed = () => this.close();
    const watch = (prefix: string, changes: (batch: readonly Change[]) => void) =>
      server.store.watch(prefix, { after: revision }, { changes, closed });
    this.#watches = [
      watch(this.#prefix, (batch) => this.#changes(batch)),
      watch(storagePrefix(Service), (batch) => this.#placesChanged(batch)),
      watch(storagePrefix(EndpointSlice), (batch) => this.#placesChanged(batch)),
    ];
  }

  close(): void {
    this.#isClosed = true;
    for (const watch of this.#watches ?? []) watch.close();
    for (const { timer } of this.#known.values()) timer?.cancel();
  }

  /** What other servers answer for. */
  get remotes(): readonly RemoteApi[] {
    return Array.from(this.#known.values(), ({ remote }) => remote);
  }

  /** Whoever else answers for a path; undefined when this server does. */
  remoteOf(path: string): RemoteApi | undefined {
    if (this.#byPath.size === 0) return undefined;
    const [root = "", group = "", version = ""] = path.split("/").filter(Boolean);
    return this.#byPath.get(root === "api" ? `/api/${group}` : `/${root}/${group}/${version}`)?.remote;
  }

  /** Sends a request on. What keeps it from being answered is a response, too. */
  async serve(remote: RemoteApi, request: HttpRequest, info: RequestInfo, user: User): Promise<HttpResponse> {
    const target = this.#targetOf(remote);
    if (target === undefined) return plainRefusal(503, "service unavailable");
    const { clock } = this.#server;
    try {
      return await forward({ ...target, clock }, { request, info, sent: requestTo(request, user) });
    } catch (error) {
      this.#lookSoon(remote.service.metadata.name, 0);
      return plainRefusal(503, `error trying to reach service: ${error instanceof Error ? error.message : error}`);
    }
  }

  async upgrade(remote: RemoteApi, request: HttpRequest, user: User, upgrade: UpgradeRequest): Promise<void> {
    const found = this.#targetOf(remote);
    if (found === undefined) {
      upgrade.refuse(plainRefusal(503, "service unavailable"));
      return;
    }
    try {
      await forwardUpgrade(found.door, found.target, { request, sent: requestTo(request, user) }, upgrade);
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      upgrade.refuse(plainRefusal(503, `error trying to reach service: ${why}`));
    }
  }

  #targetOf(remote: RemoteApi) {
    const door = this.#door;
    if (door === undefined || !remote.available) return undefined;
    const target = targetOf(this.#server, remote.service);
    return isProblem(target) ? undefined : { door, target };
  }

  #changes(batch: readonly Change[]): void {
    for (const { key, entry } of batch) {
      if (entry === undefined) this.#forget(key.slice(this.#prefix.length));
      else this.#follow(entry);
    }
  }

  /** A Service or its endpoints are others: whoever is behind it is looked at. */
  #placesChanged(batch: readonly Change[]): void {
    if (this.#known.size === 0) return;
    for (const { entry, previous } of batch) {
      const { metadata } = objectOf((entry ?? previous) as Entry);
      const name = metadata.labels?.["kubernetes.io/service-name"] ?? metadata.name;
      for (const [key, { remote }] of this.#known) {
        const { service } = remote.service.spec;
        if (service?.namespace === metadata.namespace && service?.name === name) this.#lookSoon(key, 0);
      }
    }
  }

  #follow(entry: Entry): void {
    const service = objectOf(entry) as APIService;
    const { name } = service.metadata;
    if (service.spec.service === undefined) {
      this.#forget(name);
      if (service.status.conditions === undefined) void this.#tell(name, LOCAL);
      return;
    }
    const known = this.#known.get(name);
    if (known !== undefined && equalJson(known.remote.service.spec, service.spec)) {
      known.remote.service = service;
      return;
    }
    this.#forget(name);
    const made: Known = { remote: newRemoteApi(service), timer: undefined, looking: false, again: false };
    this.#known.set(name, made);
    this.#byPath.set(basePath(made.remote), made);
    this.#lookSoon(name, 0);
  }

  #forget(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.timer?.cancel();
    this.#known.delete(name);
    this.#byPath.delete(basePath(known.remote));
  }

  #lookSoon(name: string, delayMs: number): void {
    const known = this.#known.get(name);
    if (known === undefined || this.#isClosed) return;
    known.timer?.cancel();
    known.timer = this.#server.clock.after(delayMs, () => void this.#look(name, known));
  }

  async #look(name: string, known: Known): Promise<void> {
    const door = this.#door;
    if (known.looking) {
      known.again = true;
      return;
    }
    known.looking = true;
    const finding = await lookAt(known.remote, this.#server, door);
    await this.#take(known.remote, finding, door);
    known.looking = false;
    if (this.#known.get(name) !== known || this.#isClosed) return;
    await this.#tell(name, finding.condition);
    const delayMs = known.again ? 0 : known.remote.available ? LOOK_MS.available : LOOK_MS.unavailable;
    const isOver = door === undefined && !known.again;
    known.again = false;
    // Without a door only another Service or other endpoints make a difference, and those are told.
    if (!isOver) this.#lookSoon(name, delayMs);
  }

  async #take(remote: RemoteApi, { list, target }: Finding, door: ServiceDoor | undefined): Promise<void> {
    if (list !== undefined && target !== undefined && door !== undefined) {
      remote.resources = list.resources ?? [];
      await fetchDocuments(remote, target, door);
    }
    remote.available = list !== undefined;
  }

  /** Writes a condition if it says something new; when it changed stays as it is while the status does. */
  async #tell(name: string, condition: Omit<APIServiceCondition, "lastTransitionTime">): Promise<void> {
    const { store, clock, log } = this.#server;
    try {
      await changeStored(store, APIService, { namespace: "", name }, false, (stored) => {
        const current = stored as unknown as APIService;
        const conditions = current.status.conditions ?? [];
        const before = conditions.find(({ type }) => type === condition.type);
        const isSame = before?.status === condition.status;
        const lastTransitionTime = (isSame && before?.lastTransitionTime) || formatTime(clock.now());
        const others = conditions.filter(({ type }) => type !== condition.type);
        const status = { ...current.status, conditions: [...others, { ...condition, lastTransitionTime }] };
        return { write: { ...stored, status } as KubeObject };
      });
    } catch (error) {
      const isGone = error instanceof StatusError && error.reason === "NotFound";
      if (!isGone && !(error instanceof StoreClosedError))
        log.warn(`the status of APIService ${name} was not written`, { error });
    }
  }
}
