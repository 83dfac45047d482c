/** A URL taken apart as Go's net/url does it. */
export interface Url {
  readonly scheme: string;
  readonly host: string;
  /** As written where that is a valid encoding, else encoded anew. */
  readonly escapedPath: string;
  readonly query: string;
  /** As Go writes it again. */
  readonly text: string;
}

/** The text is no URL; `message` begins as Go's does: `parse "...": `. */
export class UrlError extends Error {
  override readonly name = "UrlError";
}

const HOST = /^[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]*$/u;
const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const PORT = /^(?::[0-9]*)?$/;
/** What a path may hold as it is. */
const PATH = /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/;
const UNRESERVED_IN_PATH = /^[A-Za-z0-9\-_.~$&+,/:;=@]$/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/su;

/**
 * Reads a URL that could stand in a request: with a scheme, or a path from the root. Throws UrlError.
 */
export function parseUrl(text: string): Url {
  const fail = (detail: string): never => {
    throw new UrlError(`parse ${JSON.stringify(text)}: ${detail}`);
  };
  if (hasControl(text)) return fail("net/url: invalid control character in URL");
  if (text === "") return fail("empty url");
  const scheme = schemeOf(text);
  if (scheme === undefined) return fail("missing protocol scheme");
  const whole = scheme === "" ? text : text.slice(scheme.length + 1);
  if (!whole.startsWith("/")) {
    // What stands behind a scheme alone means nothing to us.
    return scheme === "" ? fail("invalid URI for request") : opaque(scheme, whole);
  }
  const [rest = ""] = whole.split("#", 1);
  const mark = rest.indexOf("?");
  const [hierarchy, query] = mark < 0 ? [rest, ""] : [rest.slice(0, mark), rest.slice(mark + 1)];
  const hasAuthority = scheme !== "" && hierarchy.startsWith("//");
  const slash = hasAuthority ? hierarchy.indexOf("/", 2) : 0;
  const authority = hasAuthority ? hierarchy.slice(2, slash < 0 ? undefined : slash) : "";
  const path = slash < 0 ? "" : hierarchy.slice(slash);
  const problem = authorityProblem(authority) ?? escapeProblem(path);
  if (problem !== undefined) return fail(problem);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const escapedPath = PATH.test(path) ? path : encodePath(decode(path));
  const head = `${scheme === "" ? "" : `${scheme.toLowerCase()}:`}${hasAuthority ? `//${authority}` : ""}`;
  return {
    scheme: scheme.toLowerCase(),
    host,
    escapedPath,
    query,
    text: `${head}${escapedPath}${mark < 0 ? "" : `?${query}`}`,
  };
}

function opaque(scheme: string, rest: string): Url {
  const mark = rest.indexOf("?");
  const query = mark < 0 ? "" : rest.slice(mark + 1);
  return { scheme: scheme.toLowerCase(), host: "", escapedPath: "", query, text: `${scheme.toLowerCase()}:${rest}` };
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** Empty when there is none; undefined when a colon stands first. */
function schemeOf(text: string): string | undefined {
  if (text.startsWith(":")) return undefined;
  return /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(text)?.[1] ?? "";
}

function escapeProblem(text: string): string | undefined {
  const bad = BAD_ESCAPE.exec(text);
  return bad === null ? undefined : `invalid URL escape ${JSON.stringify(bad[0])}`;
}

function authorityProblem(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const [user, host] = [authority.slice(0, Math.max(at, 0)), authority.slice(at + 1)];
  if (!USER.test(user)) return "net/url: invalid userinfo";
  const end = host.startsWith("[") ? host.lastIndexOf("]") : -1;
  if (host.startsWith("[") && end < 0) return "missing ']' in host";
  const colon = end < 0 ? host.lastIndexOf(":") : end + 1;
  const port = end < 0 && colon < 0 ? "" : host.slice(colon);
  if (!PORT.test(port)) return `invalid port ${JSON.stringify(port)} after host`;
  if (!HOST.test(host)) {
    const bad = Array.from(host).find((char) => !HOST.test(char)) ?? "";
    return `invalid character ${JSON.stringify(bad)} in host name`;
  }
  return escapeProblem(host) ?? escapeProblem(user);
}

/** Percent signs become bytes; what is no UTF-8 then becomes a replacement character. */
function decode(text: string): string {
  const bytes: number[] = [];
  for (const part of text.split(/(%[0-9a-fA-F]{2})/)) {
    if (/^%[0-9a-fA-F]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
    else for (const byte of new TextEncoder().encode(part)) bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function encodePath(path: string): string {
  const percent = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return Array.from(path, (char) =>
    UNRESERVED_IN_PATH.test(char) ? char : Array.from(new TextEncoder().encode(char), percent).join(""),
  ).join("");
}

export function portOf({ host }: Url): string {
  const end = host.lastIndexOf("]");
  const colon = host.indexOf(":", end + 1);
  return colon < 0 ? "" : host.slice(host.lastIndexOf(":") + 1);
}

/** Without port and brackets. */
export function hostnameOf(url: Url): string {
  const port = portOf(url);
  const bare = port !== "" || url.host.endsWith(":") ? url.host.slice(0, url.host.lastIndexOf(":")) : url.host;
  return bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare;
}

/** The values of each key in their order; pairs that cannot be read are left out. */
export function queryOf({ query }: Url): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";") || BAD_ESCAPE.test(pair)) continue;
    const [key = "", ...rest] = pair.split("=");
    const name = decode(key.replaceAll("+", " "));
    values.set(name, [...(values.get(name) ?? []), decode(rest.join("=").replaceAll("+", " "))]);
  }
  return values;
}
