import type { LongBody } from "./long_body.ts";

/** One HTTP request as the API server sees it, whether it came by TLS or by a call in this process. */
export interface HttpRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded, for example `/api/v1/pods`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; several values are joined as RFC 9110 says. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The whole body (already bounded by the listener), empty when there was none. */
  readonly body: Uint8Array;
  /** What `body` says in JSON, as a caller in this process has it: nobody changes it. */
  readonly shared?: object;
  /** Who the connection proved to be, before any bearer token is looked at. */
  readonly peer: Peer;
  /** Aborts when the client went away. */
  readonly signal: AbortSignal;
}

/** What the transport knows of the caller. */
export interface Peer {
  /** The verified client certificate's subject: CN is the user, each O a group. */
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    /** Of the whole certificate, in lower-case hexadecimal digits. */
    readonly sha256?: string;
  };
  /** Why the certificate that the client did offer was not believed (OpenSSL's code); then `certificate` is absent. */
  readonly certificateError?: string;
  /** A component of this very process, by its user name, for example `system:kube-scheduler`. */
  readonly internalUser?: string;
  readonly address: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | LongBody | StreamBody;
  /** What `body` says in JSON, for a caller in this process. Others have the same object: nobody changes it. */
  readonly shared?: () => unknown;
}

/**
 * A response written while it is produced (watch, logs). The listener calls `start` once; `sink.write`
 * returns false when the client is behind by more than the listener's buffer, and `sink.drained` resolves
 * when it caught up or went away. `start` returns a function that the listener calls when the client went away.
 */
export interface StreamBody {
  start(sink: StreamSink): () => void;
}

/** One line of a watch before it is text. Others have the same object: nobody changes it. */
export interface SharedEvent {
  readonly type: string;
  readonly object: unknown;
}

export interface StreamSink {
  /** Its reader is on a line elsewhere: what it is told may wait until all who are to be answered just now have been. */
  readonly patient?: boolean;
  write(chunk: Uint8Array): boolean;
  /** As `write`, with events as they are in place of the bytes that say them: for a reader in this process. */
  writeEvents?(events: readonly SharedEvent[]): boolean;
  drained(): Promise<void>;
  /** Ends the body well. */
  end(): void;
  /** Breaks the body off, so the client sees an error rather than an end. */
  abort(): void;
}

/** Serves plain requests. Never throws: failures are responses. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** A request on its way to a server. */
export interface OutgoingRequest {
  readonly method: string;
  /** Path and query as they go on the wire, for example `/api/v1/pods?limit=500`. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Breaks the request off, also while its response is read. */
  readonly signal?: AbortSignal;
}

/** What came back. The body must be read to its end, or the request aborted: until then it holds its place. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: HttpRequest["headers"];
  /** The body as it arrives; throws when it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body, instead of `body`. */
  bytes(): Promise<Uint8Array>;
}

/** Sends a request; resolves with the response's head. Rejects when no answer came, or with the signal's reason. */
export type HttpTransport = (request: OutgoingRequest) => Promise<TransportResponse>;
