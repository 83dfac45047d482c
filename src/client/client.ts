import type { Scale } from "#api/autoscaling/scale.ts";
import type { Status } from "#api/meta/status.ts";
import type { AnyKind, KubeObject, ObjectRef } from "#api/object.ts";
import type { DraftObjectOf, ObjectOf } from "#api/schema/kind.ts";

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** The objects are to have nothing but their type and metadata. */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Token of the next page, absent on the last. */
  readonly continue?: string | undefined;
}

export interface WriteOptions {
  readonly fieldManager?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

export interface Patch {
  readonly type: "json" | "merge" | "strategic" | "apply";
  readonly body: unknown;
  /** `apply` only: take fields other managers own. */
  readonly force?: boolean | undefined;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  readonly allowBookmarks?: boolean | undefined;
}

/** The typed API, the same whether the server is in this process or on another machine. All methods throw ApiError. */
export interface Client {
  get<K extends AnyKind>(kind: K, ref: ObjectRef): Promise<ObjectOf<K>>;
  list<K extends AnyKind>(kind: K, options?: ListOptions): Promise<ListResult<ObjectOf<K>>>;
  create<K extends AnyKind>(kind: K, draft: DraftObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>>;
  /** Replaces the object; fails with Conflict when `metadata.resourceVersion` is set and stale. */
  update<K extends AnyKind>(
    kind: K,
    object: ObjectOf<K>,
    options?: WriteOptions & { readonly subresource?: string | undefined },
  ): Promise<ObjectOf<K>>;
  updateStatus<K extends AnyKind>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>>;
  patch<K extends AnyKind>(
    kind: K,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteOptions & { readonly subresource?: string | undefined },
  ): Promise<ObjectOf<K>>;
  /** The object as it stands when finalizers or a grace period keep it, else a Status or the object as it was. */
  delete<K extends AnyKind>(kind: K, ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | Status>;
  deleteCollection<K extends AnyKind>(kind: K, list: ListOptions, options?: DeleteOptions): Promise<void>;
  /** POST to a subresource that is not the object itself: `binding`, `eviction`, `token`. */
  createSubresource<K extends AnyKind>(kind: K, ref: ObjectRef, subresource: string, body: unknown): Promise<unknown>;
  /** How many replicas an object wants and has (its subresource `scale`). */
  getScale(kind: AnyKind, ref: ObjectRef): Promise<Scale>;
  /** Changes the wanted replicas, and nothing else of the object. Fails with Conflict as `update` does. */
  updateScale(kind: AnyKind, scale: Scale): Promise<Scale>;
  /** GET of a path that is no object of a known kind, for example of an aggregated API. */
  getPath(path: string, query?: URLSearchParams): Promise<unknown>;
  /** Events after `resourceVersion`, until `signal` aborts or the server ends the stream. Throws ApiError (410 Expired …). */
  watch<K extends AnyKind>(kind: K, options: WatchOptions): AsyncIterable<WatchEvent<ObjectOf<K>>>;
}

/** The server refused; `status` is what it said. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: number;
  /** For example `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`. */
  readonly reason: string;
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? `the server answered ${status.code ?? 0} ${status.reason ?? ""}`);
    this.status = status;
    this.code = status.code ?? 0;
    this.reason = status.reason ?? "";
  }
}

/** Whether `error` is the server's refusal for `reason`. */
export function isApiError(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason;
}
