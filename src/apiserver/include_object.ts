import type { IncludeObject } from "#api/table.ts";
import { notSupportedError } from "#api/schema/errors.ts";
import { invalid } from "./status_error.ts";

/** What rows of a Table are to carry. @throws {StatusError} 422 when the query names something else. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const text = query.get("includeObject") ?? "";
  if (text === "" || text === "Metadata") return "Metadata";
  if (text === "None" || text === "Object") return text;
  const error = notSupportedError("includeObject", text, ["Metadata", "Object", "None"]);
  throw invalid({ group: "meta.k8s.io", kind: "TableOptions" }, "", [error]);
}
