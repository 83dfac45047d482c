/** Text of which some bytes are written as `%XX` (RFC 3986, 2.1). Undefined when that is not UTF-8, or a sign stands alone. */
export function percentDecoded(text: string): string | undefined {
  try {
    return text.includes("%") ? decodeURIComponent(text) : text;
  } catch {
    return undefined;
  }
}

/** What stands between the slashes of a path, each decoded by itself. Undefined when one of them cannot be. */
export function pathSegments(path: string): string[] | undefined {
  const segments = path.split("/");
  if (!path.includes("%")) return segments;
  const decoded = segments.map(percentDecoded);
  return decoded.every((segment) => segment !== undefined) ? decoded : undefined;
}
