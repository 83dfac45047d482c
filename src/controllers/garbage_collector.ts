import { nextTurn } from "#base/turn.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import type { AnyKind } from "#api/object.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { Environment } from "#client/controller.ts";
import { createEventRecorder, type EventRecorder } from "#client/events.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { stored, type StoredObject } from "#client/stored.ts";
import { WorkQueue } from "#client/work_queue.ts";
import {
  FOREGROUND,
  isDeletingDependents,
  isOrphaningDependents,
  ORPHAN,
  planCollection,
  type OwnerState,
} from "./garbage_collection.ts";
import { OwnerGraph, ownersOf, type GraphNode } from "./owner_graph.ts";

const WORKERS = 10;
/** More than there are built in. */
const KINDS_PER_TURN = 100;
/** Owners known to be gone, at most. */
const ABSENT_MAX = 4096;

/** Deletes what its owners left behind, and holds owners that are to go after what they own. */
export class GarbageCollector {
  readonly #client: Client;
  readonly #environment: Environment;
  readonly #registry: KindRegistry;
  readonly #queue: WorkQueue;
  readonly #graph: OwnerGraph;
  readonly #events: EventRecorder;
  /** Uids of objects that have gone; none ever comes back. */
  readonly #gone = new Set<string>();
  /** Owners that are not where a dependent names them. They may be elsewhere, and others' owners there. */
  readonly #absent = new Set<string>();
  readonly #workers: Promise<void>[] = [];
  #stopListening: () => void = () => {};
  #isStopped = false;

  constructor(environment: Environment, registry: KindRegistry) {
    this.#client = environment.client;
    this.#environment = { ...environment, log: environment.log.part("garbage-collector") };
    this.#registry = registry;
    this.#queue = new WorkQueue(environment.clock);
    this.#events = createEventRecorder({ ...this.#environment, component: "garbage-collector-controller" });
    this.#graph = new OwnerGraph(registry, environment.informers, (...change) => this.#changed(...change));
  }

  /** Follows every kind, also those that come later. To be started last: see `metadataInformer`. */
  start(): void {
    this.#stopListening = this.#registry.onChange(({ kind }) => this.#graph.follow(kind));
    const synced = this.#followAll().then(() => this.#graph.synced());
    for (let worker = 0; worker < WORKERS; worker++) this.#workers.push(synced.then(() => this.#work()));
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    this.#graph.stop();
    this.#queue.close();
    this.#events.stop();
  }

  /** Hundreds of custom resources are followed in steps, so that a start is not held up by them. */
  async #followAll(): Promise<void> {
    for (const [index, kind] of this.#registry.holders().entries()) {
      if (index > 0 && index % KINDS_PER_TURN === 0) await nextTurn();
      if (this.#isStopped) return;
      this.#graph.follow(kind);
    }
  }

  #changed(kind: AnyKind, object: StoredObject, previous: StoredObject | undefined, isGone: boolean): void {
    const { metadata } = object;
    if (isGone) {
      remember(this.#gone, metadata.uid);
      for (const { node } of this.#graph.dependentsOf(metadata)) this.#add(node);
    } else {
      if (!previous) this.#tellUnreachable(kind, object);
      const isNews = !previous || !semanticallyEqual(facetsOf(previous), facetsOf(object));
      if (isNews && !this.#isSettled(object)) this.#add({ kind, ref: metadata });
      if (isDeletingDependents(object) && !(previous && isDeletingDependents(previous))) {
        for (const { node } of this.#graph.dependentsOf(metadata)) this.#add(node);
      }
    }
    this.#addWaitingOwners(object);
    if (previous) this.#addWaitingOwners(previous);
  }

  /** Whether nothing is to be done as far as the graph knows: an object like most. */
  #isSettled(object: StoredObject): boolean {
    if (object.metadata.deletionTimestamp !== undefined) {
      return !isDeletingDependents(object) && !isOrphaningDependents(object);
    }
    return ownersOf(object).every((owner) => {
      // Known to be gone, also where its very kind has gone with it.
      if (this.#isAbsent(owner, object)) return false;
      const node = this.#graph.ownerNode(owner, object);
      if (!node) return true;
      const found = this.#graph.get(node);
      return found?.metadata.uid === owner.uid && !isDeletingDependents(found);
    });
  }

  /** An owner that waits may have waited for this very object. */
  #addWaitingOwners(object: StoredObject): void {
    for (const owner of ownersOf(object)) {
      const node = this.#graph.ownerNode(owner, object);
      const found = node && this.#graph.get(node);
      if (node && found && isDeletingDependents(found)) this.#add(node);
    }
  }

  #add(node: GraphNode): void {
    this.#queue.add(this.#graph.keyOf(node));
  }

  #isAbsent(owner: OwnerReference, dependent: StoredObject): boolean {
    return this.#gone.has(owner.uid) || this.#absent.has(placeOf(owner, dependent));
  }

  /** What is in no namespace can have no owner in one. */
  #tellUnreachable(kind: AnyKind, object: StoredObject): void {
    if (object.metadata.namespace) return;
    for (const owner of ownersOf(object)) if (this.#graph.isNamespaced(owner)) this.#tellInvalid(owner, kind, object);
  }

  #tellInvalid(owner: OwnerReference, { apiVersion, kind }: AnyKind, { metadata }: StoredObject): void {
    const { name, uid, namespace = "" } = metadata;
    const where = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    const message = `ownerRef ${where} does not exist in namespace ${JSON.stringify(namespace)}`;
    const about = { apiVersion, kind, name, uid, ...(namespace && { namespace }) };
    this.#events.eventOn(about, "Warning", "OwnerRefInvalidNamespace", message);
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      try {
        const node = this.#graph.nodeOf(key);
        if (node) await this.#process(node);
        this.#queue.forget(key);
      } catch (error) {
        const isRace = isApiError(error, "Conflict");
        this.#environment.log[isRace ? "debug" : "warn"](`cannot collect ${key}`, { error });
        this.#queue.addRateLimited(key);
      }
      this.#queue.done(key);
    }
  }

  async #process(node: GraphNode): Promise<void> {
    const known = this.#graph.get(node);
    if (!known || this.#isSettled(known)) return;
    if (isOrphaningDependents(known)) {
      await this.#orphan(node, known);
      return;
    }
    // The graph may be behind: an object is only ever deleted for what the server itself says of it now.
    const object = await this.#read(node);
    if (object?.metadata.uid !== known.metadata.uid) return;
    if (isDeletingDependents(object)) await this.#awaitDependents(node, object);
    else await this.#collect(node, object);
  }

  async #collect(node: GraphNode, object: StoredObject): Promise<void> {
    const states = new Map<string, OwnerState>();
    for (const owner of ownersOf(object)) states.set(owner.uid, await this.#stateOf(owner, object, node.kind));
    const { uid, resourceVersion } = object.metadata;
    const dependents = this.#graph.dependentsOf(object.metadata);
    const plan = planCollection(object, states, dependents.length > 0);
    if (plan.act === "nothing") return;
    if (plan.act === "disown") {
      await this.#setOwners(node, object, plan.keep);
      return;
    }
    if (plan.unblock && dependents.some((each) => isDeletingDependents(each.object))) {
      const owners = ownersOf(object).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
      await this.#setOwners(node, object, owners);
      return;
    }
    const options = { preconditions: { uid, resourceVersion }, propagationPolicy: plan.policy };
    await this.#unlessGone(this.#client.delete(node.kind, node.ref, options));
  }

  /** Lets an owner go when nothing that blocks it is left; until then sees to it that it goes. */
  async #awaitDependents(node: GraphNode, object: StoredObject): Promise<void> {
    const { uid } = object.metadata;
    const blocking = this.#graph
      .dependentsOf(object.metadata)
      .filter((each) => ownersOf(each.object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion));
    if (blocking.length === 0) await this.#dropFinalizer(node, object, FOREGROUND);
    else for (const each of blocking) this.#add(each.node);
  }

  async #orphan(node: GraphNode, object: StoredObject): Promise<void> {
    const { uid } = object.metadata;
    for (const each of this.#graph.dependentsOf(object.metadata)) {
      await this.#setOwners(
        each.node,
        each.object,
        ownersOf(each.object).filter((owner) => owner.uid !== uid),
      );
    }
    await this.#dropFinalizer(node, object, ORPHAN);
  }

  async #stateOf(owner: OwnerReference, dependent: StoredObject, kind: AnyKind): Promise<OwnerState> {
    if (this.#isAbsent(owner, dependent)) return "absent";
    const node = this.#graph.ownerNode(owner, dependent);
    if (!node) return "unknown";
    const known = this.#graph.get(node);
    // Absence is never taken from the cache: an owner may have been made a moment ago.
    const found = known?.metadata.uid === owner.uid ? known : await this.#read(node);
    if (found?.metadata.uid === owner.uid) return isDeletingDependents(found) ? "waiting" : "present";
    if (this.#graph.isElsewhere(owner, node)) this.#tellInvalid(owner, kind, dependent);
    remember(this.#absent, placeOf(owner, dependent));
    return "absent";
  }

  async #read({ kind, ref }: GraphNode): Promise<StoredObject | undefined> {
    try {
      return stored(await this.#client.get(kind, ref));
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #setOwners(node: GraphNode, object: StoredObject, owners: readonly OwnerReference[]): Promise<void> {
    return this.#change(node, object, { ownerReferences: owners.length > 0 ? owners : null });
  }

  #dropFinalizer(node: GraphNode, object: StoredObject, finalizer: string): Promise<void> {
    const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    return this.#change(node, object, { finalizers: finalizers.length > 0 ? finalizers : null });
  }

  async #change({ kind, ref }: GraphNode, object: StoredObject, change: Record<string, unknown>): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    await this.#unlessGone(this.#client.patch(kind, ref, { type: "merge", body }));
  }

  async #unlessGone(write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

/** Adds to a memory of a limited size. */
function remember(memory: Set<string>, what: string): void {
  memory.add(what);
  if (memory.size <= ABSENT_MAX) return;
  for (const oldest of memory) {
    memory.delete(oldest);
    return;
  }
}

/** An owner as one dependent names it. */
function placeOf({ apiVersion, kind, name, uid }: OwnerReference, { metadata }: StoredObject): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${name} ${uid}`;
}

/** What of an object the collector goes by. */
function facetsOf({ metadata }: StoredObject): unknown {
  return [metadata.ownerReferences, metadata.deletionTimestamp !== undefined, metadata.finalizers];
}
