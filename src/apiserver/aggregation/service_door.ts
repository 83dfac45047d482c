import type { TransportResponse } from "#base/http.ts";
import type { ByteStream } from "#base/streams.ts";

/** A server behind a Service, and how to know that it is the one. */
export interface ServiceTarget {
  readonly host: string;
  readonly port: number;
  /** The name its certificate must have. */
  readonly serverName: string;
  /** Whom to believe about it, PEM; the machine's own list without it. */
  readonly ca: string | undefined;
  /** Believes any certificate. */
  readonly insecure: boolean;
  /** Is no aggregated server, and is not told who we are. */
  readonly anonymous?: boolean;
  /** Speaks HTTP without TLS. */
  readonly plain?: boolean;
}

export interface ServiceRequest {
  readonly method: string;
  /** Path and query as they go on the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** What came of an Upgrade: a connection both ways, or an answer like any other. */
export type UpgradeAnswer =
  | { readonly switched: true; readonly headers: Readonly<Record<string, string>>; readonly stream: ByteStream }
  | { readonly switched: false; readonly response: TransportResponse };

/**
 * The way to servers behind Services and in pods. To those of aggregated APIs this server proves who it is, by its
 * front-proxy certificate.
 */
export interface ServiceDoor {
  /** Rejects when nobody answers; the message says why in the words of Go's net package. */
  send(target: ServiceTarget, request: ServiceRequest): Promise<TransportResponse>;
  upgrade(target: ServiceTarget, request: ServiceRequest): Promise<UpgradeAnswer>;
}
