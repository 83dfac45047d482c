import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Cell, Column } from "#api/schema/kind.ts";
import { notSupportedError } from "#api/schema/errors.ts";
import { invalid } from "./status_error.ts";

/** What a row of a Table carries beside its cells. */
export type IncludeObject = "None" | "Metadata" | "Object";

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Columns of kinds that declare none. */
const DEFAULT_COLUMNS: readonly Column<KubeObject>[] = [
  {
    name: "Name",
    type: "string",
    format: "name",
    description: "The object's name.",
    cell: (object) => object.metadata.name ?? "",
  },
  {
    name: "Created At",
    type: "date",
    description: "When the object was created.",
    cell: (object) => object.metadata.creationTimestamp ?? null,
  },
];

/** @throws {StatusError} 422 when the query's includeObject is not one of the three. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const text = query.get("includeObject") ?? "";
  if (text === "" || text === "Metadata") return "Metadata";
  if (text === "None" || text === "Object") return text;
  const error = notSupportedError("includeObject", text, ["Metadata", "Object", "None"]);
  throw invalid({ group: "meta.k8s.io", kind: "TableOptions" }, "", [error]);
}

export function partialMetadata(object: KubeObject): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

function definitionOf(column: Column<KubeObject>): Record<string, unknown> {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description ?? column.name,
    priority: column.priority ?? 0,
  };
}

/** The rows kubectl prints: one per object, with cells computed here. */
export function tableOf(
  kind: AnyKind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  include: IncludeObject,
  nowMs: number,
): Record<string, unknown> {
  const columns: readonly Column<KubeObject>[] = kind.columns ?? DEFAULT_COLUMNS;
  const rows = objects.map((object) => ({
    cells: columns.map((column): Cell => column.cell(object, nowMs)),
    ...rowObject(object, include),
  }));
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(definitionOf),
    rows,
  };
}

function rowObject(object: KubeObject, include: IncludeObject): { object?: KubeObject } {
  if (include === "None") return {};
  return { object: include === "Object" ? object : partialMetadata(object) };
}
