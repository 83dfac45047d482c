import { ENTRY_BYTES } from "./header_decoder.ts";

/** The fields of one request as they come out of its header block. */
export class RequestFields {
  method = "";
  target = "";
  /** As `HttpRequest.headers` has them. */
  readonly headers: Record<string, string | undefined> = Object.create(null);
  count = 0;
  #bytes = 0;
  readonly #bytesMax: number;
  #scheme = "";
  #authority: string | undefined;
  #isRegular = false;
  #hasPseudo = false;
  #isMalformed = false;

  /** @param bytesMax Fields beyond so many bytes, as HPACK counts them, are not kept. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  readonly add = (name: string, value: string): void => {
    this.count++;
    this.#bytes += name.length + value.length + ENTRY_BYTES;
    if (this.isTooLarge) return;
    if (name.charCodeAt(0) === 58 /* ":" */) this.#addPseudo(name, value);
    else this.#addRegular(name, value);
  };

  get isTooLarge(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  /** To be called after the last field. Returns whether RFC 9113, 8.2 and 8.3, allows such a request. */
  end(): boolean {
    if (this.#authority !== undefined) this.headers["host"] = this.#authority;
    if (this.#isMalformed || this.method === "") return false;
    return this.method === "CONNECT" || (this.#scheme !== "" && this.target !== "");
  }

  /** Whether they may stand after a body (RFC 9113, 8.1). */
  get areTrailers(): boolean {
    return !this.#isMalformed && !this.#hasPseudo;
  }

  /** What `content-length` says, or undefined. NaN when it says nothing of sense. */
  get declaredLength(): number | undefined {
    const text = this.headers["content-length"];
    if (text === undefined) return undefined;
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  }

  #addPseudo(name: string, value: string): void {
    this.#hasPseudo = true;
    if (this.#isRegular || !PSEUDO_VALUE.test(value)) this.#isMalformed = true;
    if (name === ":method" && this.method === "") this.method = value;
    else if (name === ":path" && this.target === "") this.target = value;
    else if (name === ":scheme" && this.#scheme === "") this.#scheme = value;
    else if (name === ":authority" && this.#authority === undefined) this.#authority = value;
    else this.#isMalformed = true;
  }

  #addRegular(name: string, value: string): void {
    this.#isRegular = true;
    if (
      !NAME.test(name) ||
      !VALUE.test(value) ||
      CONNECTION_FIELDS.has(name) ||
      (name === "te" && value !== "trailers")
    ) {
      this.#isMalformed = true;
      return;
    }
    const known = this.headers[name];
    if (known === undefined) this.headers[name] = value;
    else if (name === "content-length") this.#isMalformed ||= known !== value;
    else if (!SINGLE_FIELDS.has(name)) this.headers[name] = known + (name === "cookie" ? "; " : ", ") + value;
  }
}

/** A token (RFC 9110, 5.6.2) in lower case. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** No method, scheme, authority or path has room for anything else (RFC 9110, 9.1; RFC 3986, 3). */
const PSEUDO_VALUE = /^[!-~\x80-\xff]*$/;
/** RFC 9113, 8.2.1. */
const VALUE = /^(?![ \t])[^\0\r\n]*(?<![ \t])$/;
/** They speak of a connection of HTTP/1.1 (RFC 9113, 8.2.2). */
const CONNECTION_FIELDS = new Set(["connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding"]);
/** Of these only the first counts, as Node's own servers have it. */
const SINGLE_FIELDS = new Set([
  "authorization",
  "content-type",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "proxy-authorization",
  "range",
  "referer",
  "user-agent",
]);
