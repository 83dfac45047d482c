import type { LabelSelector } from "./meta/label_selector.ts";
import type { ObjectMeta } from "./meta/object_meta.ts";
import type { Column } from "./schema/kind.ts";
import { age } from "./human_duration.ts";
import { labelSelectorMatcher } from "./selectors/labels.ts";

/** Building blocks for the columns kinds declare. */

interface Named {
  readonly metadata: ObjectMeta;
}

/** A column `kubectl get` always shows. */
export function column<T>(
  name: string,
  type: Column<T>["type"],
  description: string,
  cell: Column<T>["cell"],
): Column<T> {
  return { name, type, description, priority: 0, cell };
}

/** A column shown only with `-o wide`. */
export function wideColumn<T>(
  name: string,
  type: Column<T>["type"],
  description: string,
  cell: Column<T>["cell"],
): Column<T> {
  return { name, type, description, priority: 1, cell };
}

export const NAME: Column<Named> = {
  name: "Name",
  type: "string",
  format: "name",
  priority: 0,
  description: "Name of the object, unique among its kind in its namespace.",
  cell: ({ metadata }) => metadata.name ?? "",
};

export const AGE: Column<Named> = {
  name: "Age",
  type: "string",
  priority: 0,
  description: "Time since the object was created.",
  cell: ({ metadata }, nowMs) => age(metadata.creationTimestamp, nowMs),
};

/** The columns of kinds that declare none. */
export const DEFAULT_COLUMNS: readonly Column<Named>[] = [
  NAME,
  {
    name: "Created At",
    type: "date",
    priority: 0,
    description: "When the object was created.",
    cell: ({ metadata }) => metadata.creationTimestamp ?? null,
  },
];

interface Template {
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image?: string | undefined }[] };
}

function containersText(template: Template | undefined, field: "name" | "image"): string {
  return (template?.spec.containers ?? []).map((container) => container[field] ?? "").join(",");
}

/** The wide columns Containers and Images of a kind with a pod template. */
export function containerColumns<T>(templateOf: (object: T) => Template | undefined): Column<T>[] {
  return [
    wideColumn("Containers", "string", "Names of the template's containers.", (object) =>
      containersText(templateOf(object), "name"),
    ),
    wideColumn("Images", "string", "Images of the template's containers.", (object) =>
      containersText(templateOf(object), "image"),
    ),
  ];
}

/** Labels in order of their keys: `a=b,c=d`; `<none>` without any. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? "<none>" : pairs.map(([key, value]) => `${key}=${value}`).join(",");
}

/** A selector in its text form; `<none>` when absent or empty, `<error>` when it makes no sense. */
export function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "<none>";
  try {
    return labelSelectorMatcher(selector).toString() || "<none>";
  } catch {
    return "<error>";
  }
}

const ACCESS_MODES = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;

/** Access modes of a volume in their short forms and fixed order. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return ACCESS_MODES.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** The first three of a list, and how many more there are; `empty` when there are none. */
export function firstThree(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty;
  const more = items.length > 3 ? ` + ${items.length - 3} more...` : "";
  return items.slice(0, 3).join(",") + more;
}

/** The name, marked when one of the annotations says that the object is the default of its kind. */
export function nameWithDefault(...annotations: readonly string[]): Column<Named> {
  const isDefault = ({ metadata }: Named) => annotations.some((key) => metadata.annotations?.[key] === "true");
  return { ...NAME, cell: (object) => `${object.metadata.name ?? ""}${isDefault(object) ? " (default)" : ""}` };
}
