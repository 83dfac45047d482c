import { instance, Library, P } from "./functions.ts";
import { BOOL, CelType, listType, mapType, STRING } from "./types.ts";
import { hostnameOf, parseUrl, portOf, queryOf, UrlError, type Url } from "./url.ts";
import { CelError, Opaque, PlainList, PlainMap } from "./value.ts";

const URL_TYPE = new CelType("opaque", "kubernetes.URL");

class UrlValue extends Opaque {
  readonly url: Url;

  constructor(url: Url) {
    super();
    this.url = url;
  }

  get type(): CelType {
    return URL_TYPE;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof UrlValue && other.url.text === this.url.text;
  }
}

function urlFrom(text: string): UrlValue | CelError {
  try {
    return new UrlValue(parseUrl(text));
  } catch (error) {
    if (error instanceof UrlError)
      return new CelError(`URL parse error during conversion from string: ${error.message}`);
    throw error;
  }
}

function query(url: Url): PlainMap {
  const map = new PlainMap();
  for (const [key, values] of queryOf(url)) map.set(key, new PlainList(values));
  return map;
}

const u = instance(URL_TYPE, UrlValue);

/** Kubernetes' functions on URLs. */
export const urls = new Library()
  .fn("url", "string_to_url", [P.string], URL_TYPE, ([text]) => urlFrom(text))
  .fn("isURL", "is_url_string", [P.string], BOOL, ([text]) => !(urlFrom(text) instanceof CelError))
  .method("getScheme", "url_get_scheme", [u], STRING, ([{ url }]) => url.scheme)
  .method("getHost", "url_get_host", [u], STRING, ([{ url }]) => url.host)
  .method("getHostname", "url_get_hostname", [u], STRING, ([{ url }]) => hostnameOf(url))
  .method("getPort", "url_get_port", [u], STRING, ([{ url }]) => portOf(url))
  .method("getEscapedPath", "url_get_escaped_path", [u], STRING, ([{ url }]) => url.escapedPath)
  .method("getQuery", "url_get_query", [u], mapType(STRING, listType(STRING)), ([{ url }]) => query(url));
