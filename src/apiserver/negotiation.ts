import type { HttpRequest } from "#base/http.ts";
import { notAcceptable } from "./status_error.ts";

/** In what form an answer is to be written. */
export interface OutputForm {
  readonly format: "json" | "yaml";
  /** A projection of the objects asked for in the Accept header. */
  readonly as: "object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  readonly pretty: boolean;
}

const META_VERSIONS = new Set(["v1", "v1beta1"]);
const PROJECTIONS = new Set(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);

export const MEDIA_TYPES = ["application/json", "application/yaml"] as const;

/** One alternative of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The alternatives of an Accept header, most wanted first. */
export function acceptClauses(header: string | undefined): AcceptClause[] {
  const clauses = (header ?? "").split(",").flatMap((text) => {
    const [type = "", ...rest] = text.split(";").map((part) => part.trim());
    if (type === "") return [];
    const parameters = Object.fromEntries(rest.map((part) => part.split("=", 2) as [string, string]));
    return [{ type: type.toLowerCase(), parameters, quality: Number(parameters["q"] ?? 1) }];
  });
  return clauses.toSorted((a, b) => b.quality - a.quality);
}

function formatOf(type: string): "json" | "yaml" | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}

function projectionOf(clause: AcceptClause): OutputForm["as"] | undefined {
  const { as, g, v } = clause.parameters;
  if (as === undefined) return "object";
  if (!PROJECTIONS.has(as) || g !== "meta.k8s.io" || !META_VERSIONS.has(v ?? "")) return undefined;
  return as as OutputForm["as"];
}

/** Browsers and command line fetchers get indented JSON, as from Kubernetes. */
function wantsPretty(request: HttpRequest): boolean {
  const asked = request.query.get("pretty");
  if (asked !== null) return asked !== "false" && asked !== "0";
  return /^(curl|Wget|Mozilla\/5.0)/.test(request.headers["user-agent"] ?? "");
}

/**
 * The first form of the Accept header that this server writes.
 *
 * @param projections Whether Table and PartialObjectMetadata make sense here.
 * @throws {StatusError} 406 when there is none.
 */
export function outputForm(request: HttpRequest, projections: boolean): OutputForm {
  const pretty = wantsPretty(request);
  const clauses = acceptClauses(request.headers["accept"]);
  if (clauses.length === 0) return { format: "json", as: "object", pretty };
  for (const clause of clauses) {
    const format = formatOf(clause.type);
    const as = projectionOf(clause);
    if (format === undefined || as === undefined || (as !== "object" && !projections)) continue;
    return { format, as, pretty };
  }
  throw notAcceptable(MEDIA_TYPES);
}
