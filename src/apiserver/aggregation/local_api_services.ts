import { randomUuid } from "#base/random.ts";
import { nextTurn } from "#base/turn.ts";
import { APIService } from "#api/apiregistration/apiservice.ts";
import { equalJson } from "#api/json.ts";
import type { KubeObject } from "#api/object.ts";
import type { GroupVersions } from "#api/registry.ts";
import { formatTime } from "#api/time.ts";
import { ConflictError, StoreClosedError, type Watch } from "#store/store.ts";
import type { ServerContext } from "../context.ts";
import { encodeObject, objectOf, storageKey, storagePrefix } from "../object_codec.ts";
import { LOCAL } from "./availability.ts";

const MANAGED_LABEL = "kube-aggregator.kubernetes.io/automanaged";
/** Kept as it should be, whatever is done to it; the others are registered once, at the start. */
const ALWAYS = "true";
/** Priorities of groups and versions (kube-apiserver, controlplane/apiserver/aggregator.go). */
const GROUP_PRIORITY: Readonly<Record<string, number>> = {
  "": 18_000,
  apps: 17_800,
  "events.k8s.io": 17_750,
  "authentication.k8s.io": 17_700,
  "authorization.k8s.io": 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  "certificates.k8s.io": 17_300,
  "networking.k8s.io": 17_200,
  policy: 17_100,
  "rbac.authorization.k8s.io": 17_000,
  "storage.k8s.io": 16_800,
  "apiextensions.k8s.io": 16_700,
  "admissionregistration.k8s.io": 16_700,
  "scheduling.k8s.io": 16_600,
  "coordination.k8s.io": 16_500,
  "node.k8s.io": 16_300,
  "discovery.k8s.io": 16_200,
  "flowcontrol.apiserver.k8s.io": 16_100,
  "resource.k8s.io": 15_900,
  "metrics.k8s.io": 100,
};
const VERSION_PRIORITY: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "flowcontrol.apiserver.k8s.io/v1": 21,
};
/** Of groups that definitions of custom resources make. */
const CUSTOM = { group: 1_000, version: 100 } as const;
/** The group in which all this is registered is not registered itself. */
const OWN_GROUP = "apiregistration.k8s.io";

/** The priority of a group among those listed: higher ones come first. */
export function groupPriority(group: string): number {
  return group === OWN_GROUP ? (GROUP_PRIORITY[""] as number) : (GROUP_PRIORITY[group] ?? CUSTOM.group);
}

/** Keeps an APIService for each group and version that this server answers for itself. Level-based. */
export class LocalApiServices {
  readonly #server: ServerContext;
  readonly #stop: () => void;
  /** Built-in versions that were seen to since the start: who changes or deletes one of those afterwards means it. */
  readonly #begun = new Set<string>();
  #watch: Watch | undefined;
  #due: Promise<void> | undefined;
  #isClosed = false;

  constructor(server: ServerContext) {
    this.#server = server;
    this.#stop = server.registry.onChange(() => void this.sync());
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#watch?.close();
  }

  /**
   * Creates what is missing, puts right what was changed, and removes what is served no more; for definitions of custom
   * resources from now on also when somebody changes one (kube-aggregator's autoregister controller). Never rejects.
   */
  sync(): Promise<void> {
    this.#follow();
    this.#due ??= this.#soon();
    return this.#due;
  }

  #follow(): void {
    if (this.#watch !== undefined || this.#isClosed) return;
    const { store } = this.#server;
    const changes = () => void this.sync();
    this.#watch = store.watch(storagePrefix(APIService), { after: store.revision }, { changes, closed() {} });
  }

  async #soon(): Promise<void> {
    // Kinds come and go by the dozen: one look after the last.
    await nextTurn();
    this.#due = undefined;
    if (this.#isClosed) return;
    try {
      await this.#reconcile();
    } catch (error) {
      if (!(error instanceof StoreClosedError)) this.#server.log.error("APIServices were not registered", { error });
    }
  }

  async #reconcile(): Promise<void> {
    const { store, registry } = this.#server;
    const wanted = new Map(registry.groups().flatMap(servicesOf));
    const writes: Promise<unknown>[] = [];
    for (const entry of store.range(storagePrefix(APIService)).entries) {
      const service = objectOf(entry) as APIService;
      const { name, labels } = service.metadata;
      const spec = wanted.get(name);
      wanted.delete(name);
      const managed = labels?.[MANAGED_LABEL];
      if (managed === undefined || isGivenAway(service)) continue;
      const isDue = managed === ALWAYS || !this.#begun.has(name);
      if (spec !== undefined) this.#begun.add(name);
      if (spec === undefined) {
        if (managed === ALWAYS || service.spec.service === undefined) {
          writes.push(store.delete(entry.key, entry.modRevision));
        }
      } else if (isDue && !equalJson(service.spec, specOf(spec))) {
        const right = encodeObject({ ...service, spec: specOf(spec), status: this.#localStatus() } as KubeObject);
        writes.push(store.put(entry.key, right, entry.modRevision));
      }
    }
    for (const [name, spec] of wanted) {
      if (!isCustom(spec) && this.#begun.has(name)) continue;
      this.#begun.add(name);
      const key = storageKey(APIService, "", name);
      writes.push(store.put(key, encodeObject(this.#objectOf(name, spec)), "absent"));
    }
    await Promise.all(writes.map((write) => write.catch(unlessConflict)));
  }

  #objectOf(name: string, spec: LocalSpec): KubeObject {
    const { clock, random } = this.#server;
    const metadata = {
      name,
      uid: randomUuid(random),
      creationTimestamp: formatTime(clock.now()),
      labels: { [MANAGED_LABEL]: isCustom(spec) ? ALWAYS : "onstart" },
    };
    const status = this.#localStatus();
    const object = { apiVersion: APIService.apiVersion, kind: APIService.kind, metadata, spec: specOf(spec), status };
    return object as KubeObject;
  }

  #localStatus() {
    return { conditions: [{ ...LOCAL, lastTransitionTime: formatTime(this.#server.clock.now()) }] };
  }
}

interface LocalSpec {
  readonly group: string;
  readonly version: string;
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

const isCustom = ({ group }: { readonly group: string }) => GROUP_PRIORITY[group] === undefined;

/** Whether another server was set up for what this one only makes do for: resource metrics. */
function isGivenAway({ spec }: APIService): boolean {
  return spec.group === "metrics.k8s.io" && spec.service !== undefined;
}

/** Canonical, as a decoded object would be: what is empty is left out. */
function specOf({ group, ...others }: LocalSpec): Partial<LocalSpec> {
  return group === "" ? others : { group, ...others };
}

function servicesOf({ group, versions }: GroupVersions): [string, LocalSpec][] {
  if (group === OWN_GROUP) return [];
  return versions.map((version) => [
    `${version}.${group}`,
    {
      group,
      version,
      groupPriorityMinimum: groupPriority(group),
      versionPriority: isCustom({ group }) ? CUSTOM.version : (VERSION_PRIORITY[`${group}/${version}`] ?? 15),
    },
  ]);
}

/** Somebody else was faster: what follows from that change is seen to when it is told. */
function unlessConflict(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error;
}
