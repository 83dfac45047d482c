import type { AnyKind } from "./object.ts";

/** A group and its versions, the preferred one first. */
export interface GroupVersions {
  readonly group: string;
  readonly versions: readonly string[];
}

/** The order in which Kubernetes lists its own groups (kube-apiserver's API service priorities); others follow by name. */
const GROUP_ORDER: readonly string[] = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Orders versions as Kubernetes does: stable before beta before alpha, later before earlier, unknown shapes last by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  const stage = (match: RegExpExecArray): number => (match[2] === "alpha" ? 0 : match[2] === "beta" ? 1 : 2);
  return (
    stage(right) - stage(left) || Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}

function compareGroups(a: string, b: string): number {
  const [left, right] = [GROUP_ORDER.indexOf(a), GROUP_ORDER.indexOf(b)];
  if (left !== right) return left === -1 ? 1 : right === -1 ? -1 : left - right;
  return a < b ? -1 : a > b ? 1 : 0;
}

export type KindChange = { readonly type: "added" | "removed"; readonly kind: AnyKind };

/**
 * The kinds a server knows, by the names requests use. Kinds come and go at run time with
 * CustomResourceDefinitions; nothing that looks one up can tell them from built-in ones.
 */
export class KindRegistry {
  /** Invariant: both maps hold the same kinds. */
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKind = new Map<string, AnyKind>();
  readonly #listeners = new Set<(change: KindChange) => void>();
  #groups: readonly GroupVersions[] | undefined;

  constructor(kinds: Iterable<AnyKind> = []) {
    for (const kind of kinds) this.add(kind);
  }

  /** The kind served at `/apis/group/version/plural` (`group` is "" for the core group). */
  byResource(group: string, version: string, plural: string): AnyKind | undefined {
    return this.#byResource.get(`${group}/${version}/${plural}`);
  }

  /** The kind an object names, for example `apps/v1` and `Deployment`. */
  byKind(apiVersion: string, kind: string): AnyKind | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** Every kind, in the order added. */
  all(): IterableIterator<AnyKind> {
    return this.#byResource.values();
  }

  /**
   * The kind by which objects of a resource are reached: of several versions the preferred one that is not made of
   * another. Undefined when there is none.
   */
  holder(group: string, plural: string): AnyKind | undefined {
    const { versions = [] } = this.groups().find((each) => each.group === group) ?? {};
    return versions
      .map((version) => this.byResource(group, version, plural))
      .find((kind) => kind !== undefined && kind.conversion === undefined);
  }

  /** One kind for each resource, however many versions of it are served. */
  holders(): AnyKind[] {
    return [...this.all()].filter((kind) => this.holder(kind.group, kind.plural) === kind);
  }

  /** The kinds of one group and version, by plural. */
  inGroupVersion(group: string, version: string): readonly AnyKind[] {
    return [...this.all()]
      .filter((kind) => kind.group === group && kind.version === version)
      .toSorted((a, b) => (a.plural < b.plural ? -1 : 1));
  }

  /** Groups in the order discovery lists them, core first. */
  groups(): readonly GroupVersions[] {
    this.#groups ??= this.#listGroups();
    return this.#groups;
  }

  /** Adds `kind`, in place of one served at the same path. */
  add(kind: AnyKind): void {
    const resource = `${kind.group}/${kind.version}/${kind.plural}`;
    const previous = this.#byResource.get(resource);
    if (previous) this.#byKind.delete(`${previous.apiVersion}/${previous.kind}`);
    this.#byResource.set(resource, kind);
    this.#byKind.set(`${kind.apiVersion}/${kind.kind}`, kind);
    this.#changed({ type: "added", kind });
  }

  /** Removes what is served at `kind`'s path; nothing if there is none. */
  remove(kind: AnyKind): void {
    const resource = `${kind.group}/${kind.version}/${kind.plural}`;
    const previous = this.#byResource.get(resource);
    if (!previous) return;
    this.#byResource.delete(resource);
    this.#byKind.delete(`${previous.apiVersion}/${previous.kind}`);
    this.#changed({ type: "removed", kind: previous });
  }

  /** Calls `listener` after each change. Returns how to stop. */
  onChange(listener: (change: KindChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(change: KindChange): void {
    this.#groups = undefined;
    for (const listener of this.#listeners) listener(change);
  }

  #listGroups(): readonly GroupVersions[] {
    const versions = new Map<string, Set<string>>();
    for (const kind of this.all()) {
      const known = versions.get(kind.group) ?? new Set();
      versions.set(kind.group, known.add(kind.version));
    }
    return [...versions]
      .map(([group, set]) => ({ group, versions: [...set].toSorted(compareVersions) }))
      .toSorted((a, b) => compareGroups(a.group, b.group));
  }
}
