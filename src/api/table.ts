import { DEFAULT_COLUMNS } from "./columns.ts";
import type { AnyKind, KubeObject } from "./object.ts";
import type { Cell, Column, RowCondition } from "./schema/kind.ts";
import type { ObjectMeta } from "./meta/object_meta.ts";
import type { ListMeta } from "./meta/list_meta.ts";

/** What a row carries beside its cells. */
export type IncludeObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  readonly includeObject?: IncludeObject | undefined;
  /** For ages. */
  readonly nowMs: number;
  /** Carried over from the list, or from the one object. */
  readonly metadata?: ListMeta | undefined;
  /** Left out on the later events of a watch. */
  readonly omitColumns?: boolean | undefined;
}

interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

interface PartialObject {
  readonly apiVersion: "meta.k8s.io/v1";
  readonly kind: "PartialObjectMetadata";
  readonly metadata: ObjectMeta;
}

interface TableRow {
  readonly cells: readonly Cell[];
  readonly conditions?: readonly RowCondition[];
  readonly object?: KubeObject | PartialObject;
}

/** The form in which a server answers `kubectl get`: cells, computed here for every client alike. */
export interface Table {
  readonly apiVersion: "meta.k8s.io/v1";
  readonly kind: "Table";
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly ColumnDefinition[] | null;
  readonly rows: readonly TableRow[];
}

/** What clients see of a kind's columns. */
export function columnDefinitions(kind: AnyKind): readonly ColumnDefinition[] {
  return columnsOf(kind).map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? "",
    description: description ?? "",
    priority: priority ?? 0,
  }));
}

/** A table of complete objects of one kind, one row each. */
export function tableFor(kind: AnyKind, objects: readonly KubeObject[], options: TableOptions): Table {
  const columns = columnsOf(kind);
  return {
    apiVersion: "meta.k8s.io/v1",
    kind: "Table",
    metadata: options.metadata ?? {},
    columnDefinitions: options.omitColumns ? null : columnDefinitions(kind),
    rows: objects.map((object) => rowFor(kind, columns, object, options)),
  };
}

function rowFor(
  kind: AnyKind,
  columns: readonly Column<KubeObject>[],
  object: KubeObject,
  options: TableOptions,
): TableRow {
  const cells = columns.map((column) => column.cell(object, options.nowMs));
  const conditions = kind.rowConditions?.(object) ?? [];
  const included = includedObject(object, options.includeObject ?? "Metadata");
  return { cells, ...(conditions.length > 0 && { conditions }), ...(included && { object: included }) };
}

function includedObject(object: KubeObject, include: IncludeObject): KubeObject | PartialObject | undefined {
  if (include === "None") return undefined;
  return include === "Object" ? object : partialObject(object);
}

/** The object without anything but its metadata. */
export function partialObject(object: { readonly metadata: ObjectMeta }): PartialObject {
  return { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: object.metadata };
}

function columnsOf(kind: AnyKind): readonly Column<KubeObject>[] {
  return kind.columns ?? kind.conversion?.stored.columns ?? DEFAULT_COLUMNS;
}
