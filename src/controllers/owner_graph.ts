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

/** Who owns, and where. */
interface OwnerPlace {
  readonly uid: string;
  readonly namespace?: string | undefined;
}

type MetadataInformer = ReturnType<InformerFactory["metadataInformer"]>;

const OWNER_INDEX = "owner uid";
/** Events are short-lived and own nothing (garbagecollector.go, DefaultIgnoredResources). */
const IGNORED = new Set(["/events", "events.k8s.io/events"]);

type Resource = Pick<AnyKind, "group" | "plural">;

/** How one resource is followed. */
interface Followed {
  kind: AnyKind;
  readonly informer: MetadataInformer;
  stop: () => void;
  /** How it was followed until now, until the change is complete. */
  before?: Followed;
}

/** The metadata of every object there is, and who depends on whom, as the informers show it. */
export class OwnerGraph {
  readonly #registry: KindRegistry;
  readonly #informers: InformerFactory;
  /** By resource: `apps/deployments`. */
  readonly #followed = new Map<string, Followed>();
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

  /**
   * Follows the objects of a kind's resource from now on by the version that is preferred now; no longer, when it is
   * not served any more. Nothing is followed whose objects can own and be owned by nothing.
   */
  follow({ group, plural }: Resource): void {
    const resource = `${group}/${plural}`;
    if (IGNORED.has(resource)) return;
    const kind = this.#registry.holder(group, plural);
    const followed = this.#followed.get(resource);
    if (kind === undefined || !isCollectable(kind)) {
      this.#followed.delete(resource);
      if (followed) this.#leave(followed);
    } else if (followed !== undefined && isSameKind(followed.kind, kind)) followed.kind = kind;
    else {
      const next = this.#begin(kind);
      this.#followed.set(resource, next);
      if (followed) this.#succeed(next, followed);
    }
  }

  /** What goes between two ways of following is seen by neither, so they are compared once both are whole. */
  #succeed(next: Followed, before: Followed): void {
    next.before = before;
    void next.informer.synced.then(() => {
      if (next.before !== before) return;
      delete next.before;
      this.#leave(before, next);
    });
  }

  #begin(kind: AnyKind): Followed {
    const informer = this.#informers.metadataInformer(kind);
    informer.cache.addIndex(OWNER_INDEX, (object) => ownersOf(stored(object)).map((owner) => owner.uid));
    const followed: Followed = { kind, informer, stop: () => {} };
    followed.stop = informer.subscribe({
      add: (object) => this.#changed(followed.kind, stored(object), undefined, false),
      update: (object, previous) => this.#changed(followed.kind, stored(object), stored(previous), false),
      delete: (object) => this.#changed(followed.kind, stored(object), undefined, true),
    });
    return followed;
  }

  /** Ends following: what `next` does not show is gone. */
  #leave(followed: Followed, next?: Followed): void {
    const { before } = followed;
    delete followed.before;
    if (before) this.#leave(before, next);
    followed.stop();
    this.#informers.release(followed.kind);
    for (const object of followed.informer.cache.list()) {
      const { metadata } = stored(object);
      const now = next?.informer.cache.get(metadata);
      if (now === undefined || stored(now).metadata.uid !== metadata.uid) {
        this.#changed(followed.kind, stored(object), undefined, true);
      }
    }
  }

  /** Resolves when the graph is whole: before that an owner may seem absent that is only not seen yet. */
  async synced(): Promise<void> {
    await Promise.all(Array.from(this.#followed.values(), ({ informer }) => informer.synced));
  }

  stop(): void {
    for (const { stop, before } of this.#followed.values()) {
      stop();
      before?.stop();
    }
    this.#followed.clear();
  }

  get(node: GraphNode): StoredObject | undefined {
    const followed = this.#followed.get(resourceOf(node.kind));
    const found = followed && wholeCache(followed).get(node.ref);
    return found === undefined ? undefined : stored(found);
  }

  /** Every object that names `uid` among its owners; of an owner in a namespace only those that stand there, too. */
  dependentsOf({ uid, namespace }: OwnerPlace): { readonly node: GraphNode; readonly object: StoredObject }[] {
    return Array.from(this.#followed.values()).flatMap((followed) =>
      wholeCache(followed)
        .byIndex(OWNER_INDEX, uid)
        .map(stored)
        .filter(({ metadata }) => !namespace || metadata.namespace === namespace)
        .map((object) => ({ node: { kind: followed.kind, ref: object.metadata }, object })),
    );
  }

  /**
   * Where an owner is to be found: in the dependent's namespace, or in the whole cluster. Undefined when its kind
   * is not served, or lives in namespaces while the dependent does not: nothing may be concluded then.
   */
  ownerNode(owner: OwnerReference, dependent: StoredObject): GraphNode | undefined {
    const served = this.#registry.byKind(owner.apiVersion, owner.kind);
    if (!served) return undefined;
    const stands = served.conversion?.stored ?? served;
    const kind = this.#registry.holder(stands.group, stands.plural) ?? stands;
    if (kind.scope === "Cluster") return { kind, ref: { name: owner.name } };
    const { namespace } = dependent.metadata;
    return namespace ? { kind, ref: { namespace, name: owner.name } } : undefined;
  }

  /** Whether an owner is an object of namespaces, as far as its kind is served. */
  isNamespaced({ apiVersion, kind }: OwnerReference): boolean {
    return this.#registry.byKind(apiVersion, kind)?.scope === "Namespaced";
  }

  /** Whether an owner that is not where it should be stands in another namespace. */
  isElsewhere({ uid, name }: OwnerReference, { kind, ref }: GraphNode): boolean {
    const followed = this.#followed.get(resourceOf(kind));
    if (followed === undefined || kind.scope === "Cluster") return false;
    const all = wholeCache(followed).list().map(stored);
    return all.some(
      ({ metadata }) => metadata.uid === uid && metadata.name === name && metadata.namespace !== ref.namespace,
    );
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

function resourceOf({ group, plural }: Resource): string {
  return `${group}/${plural}`;
}

/** The cache that shows everything, while another is being filled in its place. */
function wholeCache({ informer, before }: Followed): MetadataInformer["cache"] {
  return before ? wholeCache(before) : informer.cache;
}

function isCollectable({ verbs }: AnyKind): boolean {
  return (["delete", "list", "watch"] as const).every((verb) => verbs.includes(verb));
}

/** Whether two kinds are reached by the same paths. */
function isSameKind(a: AnyKind, b: AnyKind): boolean {
  return a.apiVersion === b.apiVersion && a.kind === b.kind && a.scope === b.scope;
}

export function ownersOf({ metadata }: StoredObject): readonly OwnerReference[] {
  return metadata.ownerReferences ?? [];
}
