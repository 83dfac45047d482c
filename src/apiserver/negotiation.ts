import type { HttpRequest } from "#base/http.ts";
import { notAcceptable } from "./status_error.ts";

/** In what form an answer is to be written. */
export interface OutputForm {
  readonly format: Format;
  /** A projection of the objects asked for in the Accept header. */
  readonly as: "object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** The version of meta.k8s.io the projection is written in. */
  readonly metaVersion: "v1" | "v1beta1";
  readonly pretty: boolean;
}

export type Format = "json" | "yaml" | "protobuf";

/** What can be answered beside JSON and YAML. */
export interface Offer {
  /** Table and PartialObjectMetadata make sense here. */
  readonly projections?: boolean;
  /** What is answered has a protobuf form. */
  readonly protobuf?: boolean;
  /** The answer is a stream of events: there is no YAML of them. */
  readonly stream?: boolean;
}

export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** By form, in the order refusals list them. */
const TYPES: Readonly<Record<Format, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: PROTOBUF,
};
const FORMATS = Object.keys(TYPES) as readonly Format[];
const META_VERSIONS: readonly string[] = ["v1", "v1beta1"] satisfies OutputForm["metaVersion"][];
const PROJECTIONS = new Set(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);

/** What bodies are read in. */
export const MEDIA_TYPES: readonly string[] = Object.values(TYPES);

/** The content type of a body, or of a stream of events: those of JSON do not say that they are one. */
export function contentType(format: Format, isStream = false): string {
  return isStream && format !== "json" ? `${TYPES[format]};stream=watch` : TYPES[format];
}

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

/** The first format a clause takes, when its parameters can be met in it. */
function formatOf({ type, parameters }: AcceptClause, offer: Offer): Format | undefined {
  return FORMATS.find((format) => {
    if (type !== TYPES[format] && type !== "*/*" && type !== "application/*") return false;
    if (format === "protobuf" && (offer.protobuf !== true || parameters["as"] === "Table")) return false;
    const { stream } = parameters;
    return stream === undefined || (stream === "watch" && format !== "yaml");
  });
}

function projectionOf({ parameters }: AcceptClause, offer: Offer): OutputForm["as"] | undefined {
  const { as, g, v } = parameters;
  if (as === undefined) return "object";
  if (offer.projections !== true || !PROJECTIONS.has(as)) return undefined;
  if (g !== "meta.k8s.io" || !META_VERSIONS.includes(v ?? "")) return undefined;
  return as as OutputForm["as"];
}

/** Browsers and command line fetchers get indented JSON, as from Kubernetes. */
function wantsPretty(request: HttpRequest): boolean {
  const asked = request.query.get("pretty");
  if (asked !== null) return asked !== "false" && asked !== "0";
  return /^(curl|Wget|Mozilla\/5.0)/.test(request.headers["user-agent"] ?? "");
}

/**
 * The first form of the Accept header that can be met (apiserver endpoints/handlers/negotiation).
 *
 * @throws {StatusError} 406 when there is none.
 */
export function outputForm(request: HttpRequest, offer: Offer): OutputForm {
  // An event of a watch is one line, whoever reads it.
  const mayIndent = offer.stream !== true;
  const pretty = mayIndent && wantsPretty(request);
  const clauses = acceptClauses(request.headers["accept"]);
  if (clauses.length === 0) return { format: "json", as: "object", metaVersion: "v1", pretty };
  for (const clause of clauses) {
    const format = formatOf(clause, offer);
    const as = projectionOf(clause, offer);
    if (format === undefined || as === undefined) continue;
    if (offer.stream === true && format === "yaml") break;
    const metaVersion = clause.parameters["v"] === "v1beta1" ? "v1beta1" : "v1";
    return { format, as, metaVersion, pretty: pretty || (mayIndent && clause.parameters["pretty"] === "1") };
  }
  throw notAcceptable(writtenTypes(offer));
}

/** The media types a refusal lists. */
function writtenTypes(offer: Offer): string[] {
  const formats = FORMATS.filter((format) => format !== "protobuf" || offer.protobuf === true);
  if (offer.stream !== true) return formats.map((format) => TYPES[format]);
  return formats.filter((format) => format !== "yaml").map((format) => `${TYPES[format]};stream=watch`);
}
