import { ArrivingBytes } from "./collected_body.ts";
import { Deadlines } from "./deadlines.ts";
import { UnsentBodies } from "./unsent.ts";

/** What one client may cost the listener. */
export interface ListenerLimits {
  /** A longer request body is answered 413. */
  readonly requestBytesMax: number;
  /** Header fields in one request; more are answered 431. */
  readonly headersMax: number;
  /** From the first byte of a connection or request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the headers to the end of the request body. */
  readonly bodyTimeoutMs: number;
  /** Bytes of longer bodies that are not all here, over all connections; who sends more of them is answered 429. */
  readonly arrivingBytesMax: number;
  /** A connection on which nothing is asked for this long is closed. */
  readonly idleTimeoutMs: number;
  /** Requests at once on one HTTP/2 connection; further ones wait at the client. */
  readonly streamsPerConnectionMax: number;
  /** Pieces a body may come in, on average, for each KiB of it: chunks of single bytes cost a thousand times a body. */
  readonly bodyPiecesPerKibMax: number;
  /** A response of which the client takes nothing for this long, although there is some, is broken off. */
  readonly stallTimeoutMs: number;
  /** Unsent bytes of one response above which `StreamSink.write` answers false. */
  readonly streamBufferBytes: number;
  /** Shorter responses are sent as they are; longer ones gzipped for clients that take it. */
  readonly gzipBytesMin: number;
}

/** The limits of a listener, and what watches over those of its bodies. */
export interface ListenerBounds extends ListenerLimits {
  readonly unsent: UnsentBodies;
  /** The bodies of requests that are not all here. */
  readonly arriving: Deadlines;
  readonly arrivingBytes: ArrivingBytes;
}

export function boundsOf(limits: Partial<ListenerLimits> = {}): ListenerBounds {
  const all = { ...LISTENER_LIMITS, ...limits };
  return {
    ...all,
    unsent: new UnsentBodies(all.stallTimeoutMs),
    arriving: new Deadlines(all.bodyTimeoutMs),
    arrivingBytes: new ArrivingBytes(all.arrivingBytesMax),
  };
}

const LISTENER_LIMITS: ListenerLimits = {
  requestBytesMax: 3 * 1024 * 1024, // k8s.io/apiserver, MaxRequestBodyBytes.
  headersMax: 200,
  headersTimeoutMs: 32_000, // k8s.io/apiserver secure_serving.go, ReadHeaderTimeout.
  bodyTimeoutMs: 60_000, // k8s.io/apiserver, RequestTimeout.
  arrivingBytesMax: 128 * 1024 * 1024,
  idleTimeoutMs: 90_000, // k8s.io/apiserver secure_serving.go, IdleTimeout.
  streamsPerConnectionMax: 250, // golang.org/x/net/http2, the server's default.
  bodyPiecesPerKibMax: 32,
  stallTimeoutMs: 20_000,
  streamBufferBytes: 64 * 1024,
  gzipBytesMin: 128 * 1024, // k8s.io/apiserver responsewriters, defaultGzipThresholdBytes.
};
