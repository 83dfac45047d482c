import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { nextTurn } from "#base/turn.ts";
import type { ListMeta } from "#api/meta/list_meta.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { partialObject, tableFor } from "#api/table.ts";
import type { Entry } from "#store/store.ts";
import { LIMITS } from "./limits.ts";
import { outputForm } from "./negotiation.ts";
import { objectOf, wireLength, writeWire } from "./object_codec.ts";
import { includeObjectOf } from "./include_object.ts";
import { respondValue } from "./respond.ts";

const encoder = new TextEncoder();
const COMMA = 0x2c;
const END = encoder.encode("]}");

/** The answer to a list. Unless a projection is asked for, items are copied as bytes, in steps, never parsed. */
export async function respondList(
  request: HttpRequest,
  kind: AnyKind,
  entries: readonly Entry[],
  metadata: ListMeta,
  nowMs: number,
): Promise<HttpResponse> {
  const form = outputForm(request, true);
  if (form.as === "object" && form.format === "json" && !form.pretty) {
    const body = await listBytes(kind, entries, metadata);
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }
  return respondObjects(request, kind, entries.map(objectOf), metadata, nowMs);
}

/** As `respondList`, of objects that are not stored. */
export function respondObjects(
  request: HttpRequest,
  kind: AnyKind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  nowMs: number,
): HttpResponse {
  const form = outputForm(request, true);
  if (form.as === "Table") {
    const includeObject = includeObjectOf(request.query);
    return respondValue(200, tableFor(kind, objects, { metadata, includeObject, nowMs }), form);
  }
  const list =
    form.as === "object"
      ? { kind: listKind(kind), apiVersion: kind.apiVersion, metadata, items: objects }
      : {
          kind: "PartialObjectMetadataList",
          apiVersion: "meta.k8s.io/v1",
          metadata,
          items: objects.map(partialObject),
        };
  return respondValue(200, list, form);
}

export function listKind(kind: AnyKind): string {
  return kind.listKind ?? `${kind.kind}List`;
}

/** Written into one buffer, whose size is counted first: a list of 10,000 pods is some 20 MB. */
async function listBytes(kind: AnyKind, entries: readonly Entry[], metadata: ListMeta): Promise<Uint8Array> {
  const head = JSON.stringify({ kind: listKind(kind), apiVersion: kind.apiVersion, metadata }).slice(0, -1);
  const start = encoder.encode(`${head},"items":[`);
  let length = start.length + END.length + Math.max(0, entries.length - 1);
  for (const entry of entries) length += wireLength(kind, entry);
  const bytes = new Uint8Array(length);
  bytes.set(start);
  let at = start.length;
  for (const [index, entry] of entries.entries()) {
    if (index > 0) bytes[at++] = COMMA;
    at = writeWire(bytes, at, kind, entry);
    if (index % LIMITS.objectsPerTurn === LIMITS.objectsPerTurn - 1) await nextTurn();
  }
  bytes.set(END, at);
  return bytes;
}
