import type { AnyKind, KubeObject } from "#api/object.ts";
import type { CustomResourceDefinitionCondition } from "#api/apiextensions/customresourcedefinition.ts";
import { StoreClosedError, type Watch } from "#store/store.ts";
import { MASTERS_GROUP, type User } from "../authentication.ts";
import type { ServerContext } from "../context.ts";
import { objectOf, storagePrefix } from "../object_codec.ts";
import { StatusError } from "../status_error.ts";
import { deleteObject } from "../verbs/delete.ts";

/** How long to wait after objects could not be deleted. */
const RETRY_MS = 5_000;
/** Objects deleted in one turn. */
const BATCH = 100;

const SERVER: User = { name: "system:apiserver", uid: "", groups: [MASTERS_GROUP], extra: {} };

type Told = Pick<CustomResourceDefinitionCondition, "type" | "status" | "reason" | "message">;

interface Progress {
  /** Says how it goes. */
  tell(condition: Told): Promise<void>;
  /** Nothing is left. */
  done(condition: Told): Promise<void>;
}

function terminating(status: "True" | "False", reason: string, message: string): Told {
  return { type: "Terminating", status, reason, message };
}

/** Deletes every object of a kind whose definition is to go, and waits until the last one's finalizers let it go. */
export class InstanceRemoval {
  readonly #server: ServerContext;
  readonly #kind: AnyKind;
  readonly #progress: Progress;
  readonly #prefix: string;
  #watch: Watch | undefined;
  #isOver = false;

  constructor(server: ServerContext, kind: AnyKind, progress: Progress) {
    this.#server = server;
    this.#kind = kind;
    this.#progress = progress;
    this.#prefix = storagePrefix(kind);
  }

  start(): void {
    const { store, log } = this.#server;
    const isEmptied = { changes: () => this.#look(), closed: () => this.close() };
    this.#watch = store.watch(this.#prefix, { after: store.revision }, isEmptied);
    void this.#run().catch((error: unknown) => {
      if (!(error instanceof StoreClosedError))
        log.error(`objects of ${this.#kind.plural} were not deleted`, { error });
    });
  }

  close(): void {
    this.#isOver = true;
    this.#watch?.close();
  }

  async #run(): Promise<void> {
    await this.#progress.tell(
      terminating("True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"),
    );
    try {
      await this.#deleteAll();
    } catch (error) {
      if (error instanceof StoreClosedError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      await this.#progress.tell(terminating("True", "InstanceDeletionFailed", `could not issue all deletes: ${why}`));
      if (!this.#isOver) this.#server.clock.after(RETRY_MS, () => void this.#run());
      return;
    }
    this.#look();
  }

  async #deleteAll(): Promise<void> {
    const { entries } = this.#server.store.range(this.#prefix);
    for (let at = 0; at < entries.length && !this.#isOver; at += BATCH) {
      await Promise.all(entries.slice(at, at + BATCH).map((entry) => this.#delete(objectOf(entry))));
    }
  }

  async #delete({ metadata }: KubeObject): Promise<void> {
    if (metadata.deletionTimestamp !== undefined) return;
    const { namespace = "", name = "" } = metadata;
    try {
      await deleteObject(this.#server, this.#kind, { namespace, name }, {}, SERVER);
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== "NotFound") throw error;
    }
  }

  #look(): void {
    if (this.#isOver || this.#server.store.count(this.#prefix) > 0) return;
    this.close();
    void this.#progress.done(terminating("False", "InstanceDeletionCompleted", "removed all instances"));
  }
}
