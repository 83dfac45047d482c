import {
  CLEANUP_FINALIZER,
  CustomResourceDefinition,
  type CustomResourceDefinitionCondition,
} from "#api/apiextensions/customresourcedefinition.ts";
import { plannedStatus, takenNames, withCondition } from "#api/apiextensions/definition_conditions.ts";
import { equalJson } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { StoreClosedError, type Entry, type Watch } from "#store/store.ts";
import type { ServerContext } from "../context.ts";
import { isFinished } from "../finished.ts";
import { storagePrefix } from "../object_codec.ts";
import { StatusError } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import { InstanceRemoval } from "./instance_removal.ts";
import { knownDefinition, servedKinds, storageKind, type KnownDefinition, type MakeConvert } from "./served_kinds.ts";

type Told = Pick<CustomResourceDefinitionCondition, "type" | "status" | "reason" | "message">;
type Change = { readonly write: KubeObject } | { readonly remove: KubeObject };

/** How long to wait after a status could not be written. */
const RETRY_MS = 1_000;

/**
 * Serves what CustomResourceDefinitions declare: keeps the registry in step with the store, gives definitions their
 * names and conditions, and empties those that are being deleted. Level-based: all it does follows from the
 * definitions as they stand.
 */
export class CustomResources {
  readonly #server: ServerContext;
  readonly #makeConvert: MakeConvert;
  /** By name; invariant: `#served` holds what is in the registry for each of them. */
  readonly #known = new Map<string, KnownDefinition>();
  readonly #served = new Map<string, readonly AnyKind[]>();
  /** Names of the definitions of each group. */
  readonly #groups = new Map<string, Set<string>>();
  readonly #removals = new Map<string, InstanceRemoval>();
  readonly #prefix = storagePrefix(CustomResourceDefinition);
  readonly #watch: Watch;
  #work = Promise.resolve();
  #isClosed = false;

  /** The kinds of all definitions there are can be found in the registry when this returns. */
  constructor(server: ServerContext, makeConvert: MakeConvert) {
    this.#server = server;
    this.#makeConvert = makeConvert;
    const { store } = server;
    const { entries, revision } = store.range(this.#prefix);
    for (const entry of entries) this.#learn(entry);
    for (const [name, known] of this.#known) {
      this.#plan(name);
      this.#empty(name, known);
    }
    this.#watch = store.watch(
      this.#prefix,
      { after: revision },
      {
        changes: (batch) => {
          for (const { key, entry } of batch) {
            if (entry === undefined) this.#forget(this.#nameOf(key));
            else this.#follow(entry);
          }
        },
        closed: () => this.close(),
      },
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#watch?.close();
    for (const removal of this.#removals.values()) removal.close();
  }

  /** Serves what a definition declares. Returns the definition as it was known before. */
  #learn(entry: Entry): KnownDefinition | undefined {
    const name = this.#nameOf(entry.key);
    const known = knownDefinition(entry);
    const before = this.#known.get(name);
    this.#known.set(name, known);
    const { group } = known.definition.spec;
    this.#groups.set(group, (this.#groups.get(group) ?? new Set()).add(name));
    if (known.fingerprint !== before?.fingerprint) this.#serve(name, servedKinds(known, this.#makeConvert));
    return before;
  }

  /** Sees to all that follows from a definition that came or changed. */
  #follow(entry: Entry): void {
    const name = this.#nameOf(entry.key);
    const before = this.#learn(entry);
    const known = this.#known.get(name);
    if (known === undefined) return;
    const { status, spec } = known.definition;
    if (equalJson(before?.definition.status.acceptedNames, status.acceptedNames)) this.#plan(name);
    else this.#planGroup(spec.group);
    this.#empty(name, known);
  }

  #nameOf(key: string): string {
    return key.slice(this.#prefix.length);
  }

  #forget(name: string): void {
    const known = this.#known.get(name);
    this.#known.delete(name);
    this.#removals.get(name)?.close();
    this.#removals.delete(name);
    this.#serve(name, []);
    this.#served.delete(name);
    if (known === undefined) return;
    const { group } = known.definition.spec;
    this.#groups.get(group)?.delete(name);
    // Names that were taken are free now.
    this.#planGroup(group);
  }

  /** Puts the kinds of one definition into the registry in place of those it had. Built-in kinds are never replaced. */
  #serve(name: string, kinds: readonly AnyKind[]): void {
    const { registry } = this.#server;
    const own = new Set(this.#served.get(name));
    const free = kinds.filter((kind) => {
      const holder =
        registry.byResource(kind.group, kind.version, kind.plural) ?? registry.byKind(kind.apiVersion, kind.kind);
      return holder === undefined || own.has(holder);
    });
    for (const kind of own) if (!free.some((each) => each.version === kind.version)) registry.remove(kind);
    for (const kind of free) registry.add(kind);
    this.#served.set(name, free);
  }

  #planGroup(group: string): void {
    for (const name of this.#groups.get(group) ?? []) this.#plan(name);
  }

  /** Writes the status a definition should have, if it has another; one after the other, as each may free names. */
  #plan(name: string): void {
    const definition = this.#known.get(name)?.definition;
    if (definition === undefined || equalJson(this.#statusOf(definition), definition.status)) return;
    this.#work = this.#work.then(() =>
      this.#change(name, (current) => {
        const { acceptedNames, conditions } = this.#statusOf(current);
        const status = { ...current.status, acceptedNames, conditions };
        return { write: { ...current, status } as unknown as KubeObject };
      }),
    );
  }

  #statusOf(definition: CustomResourceDefinition): CustomResourceDefinition["status"] {
    const names = [...(this.#groups.get(definition.spec.group) ?? [])];
    const taken = takenNames(names.flatMap((name) => this.#known.get(name)?.definition.status.acceptedNames ?? []));
    return plannedStatus(definition, taken, this.#server.clock.now());
  }

  async #change(name: string, change: (current: CustomResourceDefinition) => Change): Promise<void> {
    const { store, clock, log } = this.#server;
    const ref = { namespace: "", name };
    try {
      await changeStored(store, CustomResourceDefinition, ref, false, (current) =>
        change(current as unknown as CustomResourceDefinition),
      );
    } catch (error) {
      if (error instanceof StoreClosedError || this.#isClosed) return;
      if (error instanceof StatusError && error.reason === "NotFound") return;
      log.error(`the status of ${name} was not written; it is tried again`, { error });
      clock.after(RETRY_MS, () => this.#plan(name));
    }
  }

  /** Deletes the objects of a definition that is to go. */
  #empty(name: string, known: KnownDefinition): void {
    const { deletionTimestamp, finalizers = [] } = known.definition.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(CLEANUP_FINALIZER)) return;
    if (this.#removals.has(name)) return;
    const kind = storageKind(known, this.#makeConvert);
    if (this.#isBuiltIn(name, kind)) {
      const message = "instances overlap with built-in resources in storage";
      void this.#release(name, { type: "Terminating", status: "False", reason: "OverlappingBuiltInResource", message });
      return;
    }
    const removal = new InstanceRemoval(this.#server, kind, {
      tell: (condition) => this.#tell(name, condition),
      done: (condition) => this.#release(name, condition),
    });
    this.#removals.set(name, removal);
    removal.start();
  }

  /** Whether what stands in the store under the names of a definition is not its own. */
  #isBuiltIn(name: string, { group, plural }: AnyKind): boolean {
    const own = new Set(this.#served.get(name));
    return [...this.#server.registry.all()].some(
      (kind) => kind.group === group && kind.plural === plural && !own.has(kind),
    );
  }

  #tell(name: string, condition: Told): Promise<void> {
    return this.#change(name, (current) => ({ write: this.#withCondition(current, condition) }));
  }

  /** Lets a definition go whose objects are gone. */
  #release(name: string, condition: Told): Promise<void> {
    return this.#change(name, (current) => {
      const object = this.#withCondition(current, condition);
      const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER);
      const next = { ...object, metadata: { ...object.metadata, finalizers } };
      return isFinished(CustomResourceDefinition, next) ? { remove: next } : { write: next };
    });
  }

  #withCondition(current: CustomResourceDefinition, condition: Told): KubeObject {
    const conditions = withCondition(current.status.conditions, condition, this.#server.clock.now());
    return { ...current, status: { ...current.status, conditions } } as unknown as KubeObject;
  }
}
