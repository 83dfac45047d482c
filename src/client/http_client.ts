import type { HttpHandler } from "#base/http.ts";
import type { Scale } from "#api/autoscaling/scale.ts";
import type { Status } from "#api/meta/status.ts";
import type { AnyKind, KubeObject, ObjectRef } from "#api/object.ts";
import type { DraftObjectOf, ObjectOf } from "#api/schema/kind.ts";
import {
  ApiError,
  type Client,
  type DeleteOptions,
  type ListOptions,
  type ListResult,
  type Patch,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "./client.ts";
import { collectionPath, deleteBody, listQuery, objectPath, writeQuery } from "./resource_path.ts";
import { stored } from "./stored.ts";
import { jsonOf, transportTo, type Call, type Transport, type TransportOptions } from "./transport.ts";
import { documentsOf } from "./watch_stream.ts";

const PATCH_TYPES: Record<Patch["type"], string> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/**
 * The typed API over `handler`, acting as `user` (for example `system:kube-scheduler`).
 */
export function createClient(handler: HttpHandler, user: string, options: TransportOptions = {}): Client {
  return new HttpClient(transportTo(handler, user, options), options);
}

/** What a list answers. */
interface ListDocument<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** How a client asks for nothing but metadata. */
const METADATA = "application/json;as=PartialObjectMetadata";
const META_V1 = "g=meta.k8s.io;v=v1";

class HttpClient implements Client {
  readonly #send: Transport;
  readonly #options: TransportOptions;

  constructor(transport: Transport, options: TransportOptions) {
    this.#send = transport;
    this.#options = options;
  }

  get<K extends AnyKind>(kind: K, ref: ObjectRef): Promise<ObjectOf<K>> {
    return this.#json({ method: "GET", path: objectPath(kind, ref) });
  }

  async list<K extends AnyKind>(kind: K, options: ListOptions = {}): Promise<ListResult<ObjectOf<K>>> {
    const path = collectionPath(kind, options.namespace);
    const accept = options.metadataOnly ? `${METADATA}List;${META_V1}` : undefined;
    const query = listQuery(options);
    const answer = await this.#json<ListDocument<ObjectOf<K>>>({ method: "GET", path, query, accept });
    return {
      items: (answer.items ?? []).map((item) => named(kind, item)),
      resourceVersion: answer.metadata.resourceVersion ?? "",
      continue: answer.metadata.continue || undefined,
    };
  }

  create<K extends AnyKind>(kind: K, draft: DraftObjectOf<K>, options: WriteOptions = {}): Promise<ObjectOf<K>> {
    const path = collectionPath(kind, stored(draft).metadata?.namespace);
    return this.#json({ method: "POST", path, query: writeQuery(options), body: named(kind, draft) });
  }

  update<K extends AnyKind>(
    kind: K,
    object: ObjectOf<K>,
    options: WriteOptions & { readonly subresource?: string | undefined } = {},
  ): Promise<ObjectOf<K>> {
    const path = objectPath(kind, stored(object).metadata, options.subresource);
    return this.#json({ method: "PUT", path, query: writeQuery(options), body: object });
  }

  updateStatus<K extends AnyKind>(kind: K, object: ObjectOf<K>, options: WriteOptions = {}): Promise<ObjectOf<K>> {
    return this.update(kind, object, { ...options, subresource: "status" });
  }

  patch<K extends AnyKind>(
    kind: K,
    ref: ObjectRef,
    patch: Patch,
    options: WriteOptions & { readonly subresource?: string | undefined } = {},
  ): Promise<ObjectOf<K>> {
    const query = writeQuery(options);
    if (patch.force) query.set("force", "true");
    const path = objectPath(kind, ref, options.subresource);
    return this.#json({ method: "PATCH", path, query, body: patch.body, contentType: PATCH_TYPES[patch.type] });
  }

  delete<K extends AnyKind>(kind: K, ref: ObjectRef, options: DeleteOptions = {}): Promise<KubeObject | Status> {
    return this.#json({ method: "DELETE", path: objectPath(kind, ref), body: deleteBody(options) });
  }

  async deleteCollection<K extends AnyKind>(kind: K, list: ListOptions, options: DeleteOptions = {}): Promise<void> {
    const path = collectionPath(kind, list.namespace);
    await this.#json({ method: "DELETE", path, query: listQuery(list), body: deleteBody(options) });
  }

  createSubresource<K extends AnyKind>(kind: K, ref: ObjectRef, subresource: string, body: unknown): Promise<unknown> {
    return this.#json({ method: "POST", path: objectPath(kind, ref, subresource), body });
  }

  getScale(kind: AnyKind, ref: ObjectRef): Promise<Scale> {
    return this.#json({ method: "GET", path: objectPath(kind, ref, "scale") });
  }

  updateScale(kind: AnyKind, scale: Scale): Promise<Scale> {
    const { namespace, name = "" } = scale.metadata;
    return this.#json({ method: "PUT", path: objectPath(kind, { namespace, name }, "scale"), body: scale });
  }

  getPath(path: string, query: URLSearchParams = new URLSearchParams()): Promise<unknown> {
    return this.#json({ method: "GET", path, query });
  }

  async *watch<K extends AnyKind>(kind: K, options: WatchOptions): AsyncGenerator<WatchEvent<ObjectOf<K>>> {
    const query = listQuery(options);
    query.set("watch", "true");
    if (options.allowBookmarks) query.set("allowWatchBookmarks", "true");
    const { signal, metadataOnly } = options;
    const path = collectionPath(kind, options.namespace);
    const accept = metadataOnly ? `${METADATA};${META_V1}` : undefined;
    const response = await this.#send({ method: "GET", path, query, signal, accept });
    if (!("start" in response.body)) throw new Error(`GET ${path} was not answered with a stream`);
    for await (const document of documentsOf(response.body, signal, this.#options)) {
      const event = eventOf<ObjectOf<K>>(document);
      yield metadataOnly ? { ...event, object: named(kind, event.object) } : event;
    }
  }

  async #json<T>(call: Call): Promise<T> {
    return (await jsonOf(await this.#send(call), this.#options.shared ?? false)) as T;
  }
}

/** Checks one frame of a watch. @throws {ApiError} When the server ends the watch with an error. */
function eventOf<T>(document: unknown): WatchEvent<T> {
  const event = document as { readonly type: WatchEvent<T>["type"] | "ERROR"; readonly object: unknown };
  if (event.type === "ERROR") throw new ApiError(event.object as Status);
  return { type: event.type, object: event.object as T };
}

/** Items of lists and drafts may leave out what the path already says; in this process every object says it. */
function named<T>(kind: AnyKind, object: T): T {
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
}
