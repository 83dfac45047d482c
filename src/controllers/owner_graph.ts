import type { AnyKind, ObjectRef } from "#api/object.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { InformerFactory } from "#client/informer.ts";
import { keyOf, refOf, stored, type StoredObject } from "#client/stored.ts";

/** One object of some kind. */
export interface GraphNode {
  readonly kind: AnyKind;
  readonly ref: ObjectRef;
}

type MetadataInformer = ReturnType<InformerFactory["metadataInformer"]>;

const OWNER_INDEX = "owner uid";
/** Events are short-lived and own nothing (garbagecollector.go, DefaultIgnoredResources). */
const IGNORED = new Set(["/events", "events.k8s.io/events"]);

/** The metadata of every object there is, and who depends on whom, as the informers show it. */
export class OwnerGraph {
  readonly #registry: KindRegistry;
  readonly #informers: InformerFactory;
  readonly #followed = new Map<AnyKind, { readonly informer: MetadataInformer; readonly stop: () => void }>();
  readonly #changed: (kind: AnyKind, object: StoredObject, previous: StoredObject | undefined, isGone: boolean) => void;

  /** @param changed Called for each object that came, changed or went, after the graph shows it. */
  constructor(
    registry: KindRegistry,
    informers: InformerFactory,
    changed: (kind: AnyKind, object: StoredObject, previous: StoredObject | undefined, isGone: boolean) => void,
  ) {
    this.#registry = registry;
    this.#informers = informers;
    this.#changed = changed;
  }

  /** Begins to follow a kind, unless its objects can own and be owned by nothing. */
  follow(kind: AnyKind): void {
    const isCollectable = ["delete", "list", "watch"].every((verb) => (kind.verbs as readonly string[]).includes(verb));
    // What is made of another version is followed as that.
    if (kind.conversion !== undefined) return;
    if (!isCollectable || IGNORED.has(`${kind.group}/${kind.plural}`) || this.#followed.has(kind)) return;
    const informer = this.#informers.metadataInformer(kind);
    informer.cache.addIndex(OWNER_INDEX, (object) => ownersOf(stored(object)).map((owner) => owner.uid));
    const stop = informer.subscribe({
      add: (object) => this.#changed(kind, stored(object), undefined, false),
      update: (object, previous) => this.#changed(kind, stored(object), stored(previous), false),
      delete: (object) => this.#changed(kind, stored(object), undefined, true),
    });
    this.#followed.set(kind, { informer, stop });
  }

  unfollow(kind: AnyKind): void {
    this.#followed.get(kind)?.stop();
    this.#followed.delete(kind);
  }

  /** Resolves when the graph is whole: before that an owner may seem absent that is only not seen yet. */
  async synced(): Promise<void> {
    await Promise.all(Array.from(this.#followed.values(), ({ informer }) => informer.synced));
  }

  stop(): void {
    for (const kind of this.#followed.keys()) this.unfollow(kind);
  }

  get(node: GraphNode): StoredObject | undefined {
    const found = this.#followed.get(node.kind)?.informer.cache.get(node.ref);
    return found === undefined ? undefined : stored(found);
  }

  /** Every object that names `uid` among its owners. */
  dependentsOf(uid: string): { readonly node: GraphNode; readonly object: StoredObject }[] {
    return Array.from(this.#followed).flatMap(([kind, { informer }]) =>
      informer.cache
        .byIndex(OWNER_INDEX, uid)
        .map((found) => ({ node: { kind, ref: stored(found).metadata }, object: stored(found) })),
    );
  }

  /**
   * Where an owner is to be found: in the dependent's namespace, or in the whole cluster. Undefined when its kind
   * is not served, or lives in namespaces while the dependent does not: nothing may be concluded then.
   */
  ownerNode(owner: OwnerReference, dependent: StoredObject): GraphNode | undefined {
    const served = this.#registry.byKind(owner.apiVersion, owner.kind);
    if (!served) return undefined;
    const kind = served.conversion?.stored ?? served;
    if (kind.scope === "Cluster") return { kind, ref: { name: owner.name } };
    const { namespace } = dependent.metadata;
    return namespace ? { kind, ref: { namespace, name: owner.name } } : undefined;
  }

  /** A text that names an object of any kind, for a queue. */
  keyOf({ kind, ref }: GraphNode): string {
    return `${kind.apiVersion} ${kind.kind} ${keyOf(ref)}`;
  }

  /** The inverse of `keyOf`; undefined when the kind is no longer served. */
  nodeOf(key: string): GraphNode | undefined {
    const [apiVersion = "", name = "", rest = ""] = key.split(" ");
    const kind = this.#registry.byKind(apiVersion, name);
    return kind && { kind, ref: refOf(rest) };
  }
}

export function ownersOf({ metadata }: StoredObject): readonly OwnerReference[] {
  return metadata.ownerReferences ?? [];
}
