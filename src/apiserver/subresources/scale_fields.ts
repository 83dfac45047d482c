import { isJsonObject, own, put, type Json, type JsonObject } from "#api/json.ts";
import type { LabelSelector } from "#api/meta/label_selector.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import type { ScalePaths } from "#api/schema/kind.ts";
import { labelMapMatcher, labelSelectorMatcher } from "#api/selectors/labels.ts";
import { StatusError } from "../status_error.ts";

/** Where built-in workloads have their numbers; their selector is a selector, not a text. */
const BUILT_IN: ScalePaths = { specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"] };

export interface ScaleFields {
  /** Absent where the object does not say. */
  readonly wanted: number | undefined;
  readonly actual: number;
  /** The text form of the selector of its pods; empty where it has none. */
  readonly selector: string;
}

/** What an object says of its replicas. @throws {StatusError} 500 when it is no number. */
export function scaleFields(kind: AnyKind, object: KubeObject): ScaleFields {
  const paths = kind.scale ?? BUILT_IN;
  const fields = object as unknown as JsonObject;
  return {
    wanted: numberAt(fields, paths.specReplicas),
    actual: numberAt(fields, paths.statusReplicas) ?? 0,
    selector: kind.scale
      ? textAt(fields, kind.scale.labelSelector)
      : selectorText(kind, valueAt(fields, ["spec", "selector"])),
  };
}

/** Writes how many there are to be, in place. @throws {StatusError} 500 when something else is in the way. */
export function setReplicas(kind: AnyKind, object: KubeObject, replicas: number): void {
  const path = (kind.scale ?? BUILT_IN).specReplicas;
  let parent = object as unknown as JsonObject;
  for (const name of path.slice(0, -1)) {
    const inner = own(parent, name) ?? {};
    if (!isJsonObject(inner)) throw wrongType(path, inner, "map[string]interface{}");
    put<Json>(parent, name, inner);
    parent = inner;
  }
  put<Json>(parent, path.at(-1) ?? "", replicas);
}

function valueAt(object: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const name of path) value = isJsonObject(value) ? own(value, name) : undefined;
  return value;
}

function numberAt(object: Json, path: readonly string[]): number | undefined {
  const value = valueAt(object, path);
  if (value === undefined || (typeof value === "number" && Number.isInteger(value))) return value;
  throw wrongType(path, value, "int64");
}

function textAt(object: Json, path: readonly string[] | undefined): string {
  const value = path && valueAt(object, path);
  if (value === undefined || typeof value === "string") return value ?? "";
  throw wrongType(path ?? [], value, "string");
}

function wrongType(path: readonly string[], value: Json, wanted: string): StatusError {
  const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
  const message = `.${path.join(".")} accessor error: ${shown} is of the type ${typeof value}, expected ${wanted}`;
  return new StatusError(500, "", message);
}

function selectorText(kind: AnyKind, selector: Json | undefined): string {
  if (selector === undefined) return "";
  const isMap = kind.group === "";
  return String(
    isMap ? labelMapMatcher(selector as Record<string, string>) : labelSelectorMatcher(selector as LabelSelector),
  );
}
