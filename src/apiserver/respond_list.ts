import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { nextTurn } from "#base/turn.ts";
import type { ListMeta } from "#api/meta/list_meta.ts";
import type { AnyKind } from "#api/object.ts";
import { partialObject, tableFor } from "#api/table.ts";
import type { Entry } from "#store/store.ts";
import { LIMITS } from "./limits.ts";
import { outputForm } from "./negotiation.ts";
import { objectOf, wireBytes } from "./object_codec.ts";
import { includeObjectOf } from "./include_object.ts";
import { respondValue } from "./respond.ts";
import { joined } from "./watch_writer.ts";

const encoder = new TextEncoder();
const COMMA = encoder.encode(",");
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
  const objects = entries.map(objectOf);
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

async function listBytes(kind: AnyKind, entries: readonly Entry[], metadata: ListMeta): Promise<Uint8Array> {
  const head = JSON.stringify({ kind: listKind(kind), apiVersion: kind.apiVersion, metadata }).slice(0, -1);
  const parts: Uint8Array[] = [encoder.encode(`${head},"items":[`)];
  for (const [index, entry] of entries.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(wireBytes(kind, entry));
    if (index % LIMITS.objectsPerTurn === LIMITS.objectsPerTurn - 1) await nextTurn();
  }
  parts.push(END);
  return joined(parts);
}
