import { NAME } from "../columns.ts";
import { age } from "../human_duration.ts";
import { isJsonObject, type Json } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Cell, Column } from "../schema/kind.ts";
import { TimeError, canonicalTime } from "../time.ts";
import type { CustomResourceColumnDefinition } from "./customresourcedefinition.ts";
import { parseJsonPath, type JsonPath } from "./json_path.ts";

const AGE: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  description: "Time since the object was created.",
  jsonPath: ".metadata.creationTimestamp",
};

/** The columns of a custom resource: its name, then those its definition names, or else its age. */
export function customColumns(defined: readonly CustomResourceColumnDefinition[]): Column<KubeObject>[] {
  return [NAME, ...(defined.length > 0 ? defined : [AGE]).map(columnOf)];
}

function columnOf(definition: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name, type, format, description, priority = 0, jsonPath } = definition;
  let path: JsonPath | undefined;
  return {
    name,
    type: type as Column<KubeObject>["type"],
    ...(format && { format }),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell(object, nowMs) {
      path ??= pathOrNothing(jsonPath);
      const [value] = path(object as unknown as Json);
      return value === undefined || value === null ? null : cellOf(type, value, nowMs);
    },
  };
}

/** Paths are hardly checked when a definition is made; one that makes no sense leads nowhere. */
function pathOrNothing(text: string): JsonPath {
  try {
    return parseJsonPath(text);
  } catch {
    return () => [];
  }
}

function cellOf(type: string, value: Json, nowMs: number): Cell {
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? ageOf(value, nowMs) : null;
    default:
      return textOf(value);
  }
}

function ageOf(text: string, nowMs: number): string {
  try {
    return age(canonicalTime(text), nowMs);
  } catch (error) {
    if (error instanceof TimeError) return "<invalid>";
    throw error;
  }
}

function textOf(value: Json): string {
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
