import { byteLength, dnsLabel, dnsSubdomain, regexText } from "./names.ts";
import type { Report } from "./report.ts";
import { checkCsiDriver } from "./volumes.ts";

/** Upstream: resource/v1/types.go. */
const LIMITS = { poolBytesMax: 253, identifierBytesMax: 32 } as const;
const IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const IDENTIFIER_RULE =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";

/** A driver of devices is named as a CSI driver is. */
export const checkDriverName = checkCsiDriver;

/** Subdomains with slashes between them. */
export function checkPoolName(report: Report, path: string, name: string): void {
  if (name === "") {
    report.required(path);
    return;
  }
  if (byteLength(name) > LIMITS.poolBytesMax) report.tooLong(path, LIMITS.poolBytesMax);
  for (const part of name.split("/")) report.check(path, part, dnsSubdomain);
}

/** An attribute or capacity: an identifier, perhaps of a domain. */
export function checkQualifiedName(report: Report, path: string, name: string): void {
  const parts = name.split("/");
  if (parts.length > 2) {
    report.invalid(path, name, "must not contain more than one slash");
    return;
  }
  const id = parts.at(-1) ?? "";
  const domain = parts.length === 2 ? parts[0] : undefined;
  if (domain === "") report.invalid(path, "", "the domain must not be empty");
  else if (domain !== undefined) checkDriverName(report, path, domain);
  if (domain !== undefined && id === "") report.invalid(path, "", "the name must not be empty");
  else checkIdentifier(report, path, id);
}

export function checkFullyQualifiedName(report: Report, path: string, name: string): void {
  checkQualifiedName(report, path, name);
  if (!name.includes("/")) {
    report.invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash");
  }
}

function checkIdentifier(report: Report, path: string, id: string): void {
  if (byteLength(id) > LIMITS.identifierBytesMax) report.tooLong(path, LIMITS.identifierBytesMax);
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) return;
  report.invalid(path, id, regexText(IDENTIFIER_RULE, IDENTIFIER, "my_name", "MY_NAME", "MyName"));
}

/** The requests of a claim, each with its alternatives if it has any. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

/** A request of the claim, or one of its alternatives: `request/alternative`. */
export function checkRequestReference(report: Report, path: string, name: string, known: RequestNames): void {
  const segments = name.split("/");
  const rule = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  if (segments.length <= 2) for (const segment of segments) report.check(path, segment, dnsLabel);
  const [request = "", alternative] = segments;
  const alternatives = segments.length > 2 ? undefined : known.get(request);
  const isKnown = alternatives !== undefined && (alternative === undefined || alternatives.has(alternative));
  if (!isKnown) report.invalid(path, name, rule);
}
